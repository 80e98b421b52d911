"""The main job from end to end: a notebook becomes a repository, trains, and answers."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

TEMPLATE = Path(__file__).resolve().parents[1]
FOLDER = TEMPLATE / ".demo"
NOTEBOOK = TEMPLATE / "examples" / "penguins" / "penguins.ipynb"


def step(what: str, *command: str, cwd: Path) -> str:
    """Run a command, saying what it does and how long it took; show its output if it fails."""
    print(f"  {what} …", end="", flush=True)
    start = time.monotonic()
    done = subprocess.run(
        command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    print(f" {time.monotonic() - start:.0f} s", flush=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def free_port() -> int:
    """Give a port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


@contextmanager
def served(repo: Path) -> Iterator[str]:
    """Start the service and give its address; it ends with the block."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    words = ["make", "--no-print-directory", "serve", f"ARGS=serving.port={port}"]
    service = subprocess.Popen(
        words, cwd=repo, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        for _ in range(300):
            with suppress(OSError), urlopen(f"{address}/ready") as answer:
                if answer.status == HTTPStatus.OK:
                    yield address
                    return
            if service.poll() is not None:
                break
            time.sleep(0.1)
        service.terminate()
        sys.exit(f"The service did not start:\n{service.communicate()[0].decode()}")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(service.pid, signal.SIGTERM)
        service.wait()


def asked(address: str, row: dict[str, Any]) -> Any:
    """Give what the service answers about a row."""
    body = json.dumps(row).encode()
    request = Request(f"{address}/predict", body, {"Content-Type": "application/json"})
    with urlopen(request) as answer:
        return json.load(answer)


def read(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def told(repo: Path) -> dict[str, str]:
    """Give what was found in the notebook, as its document sums it up."""
    document = (repo / "docs" / "from-the-notebook.md").read_text(encoding="utf-8")
    summary = document.partition("## Cell by cell")[0].replace("`", "")
    rows = [line.strip("| ").split(" | ") for line in summary.splitlines() if line.startswith("|")]
    return {row[0]: row[1] for row in rows if len(row) == 2 and row[0].strip("- ")}


def main() -> None:
    """Do every step, then say in plain words what came of it."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    # The demo answers to nobody's account, whatever this machine is logged in to.
    os.environ["WANDB_MODE"] = "offline"
    start = time.monotonic()
    print(f"From {NOTEBOOK.relative_to(TEMPLATE)} to a model in production:")
    answers = ["project_name=Penguin Species", f"notebook={NOTEBOOK}"]
    render = ["cookiecutter", "--no-input", "--default-config", "--output-dir", str(FOLDER)]
    step("reading it, rendering a repository", *render, str(TEMPLATE), *answers, cwd=TEMPLATE)
    repo = FOLDER / "penguin-species"
    found = told(repo)
    for name, value in found.items():
        print(f"      {name}: {value}")
    step("setting it up", "make", "setup", cwd=repo)
    step("ingest, validate, split, train, evaluate", "make", "pipeline", cwd=repo)
    step("committing the run", "git", "add", "--all", cwd=repo)
    step("past the Git hooks", "git", "commit", "-m", "Train", cwd=repo)
    make = ("make", "--no-print-directory")
    verdict = step("through the gate, into the registry", *make, "promote", cwd=repo)
    models = step("asking the registry", *make, "models", cwd=repo)
    print("  asking it over HTTP …", end="", flush=True)
    since = time.monotonic()
    (penguin,) = read(repo / "models" / "candidate" / "example.json")
    with served(repo) as address:
        answer = asked(address, penguin)
    print(f" {time.monotonic() - since:.0f} s", flush=True)

    print(f"\n{verdict}\n{models}")
    print(f"Of {', '.join(f'{name} {value}' for name, value in penguin.items())}")
    print(f"{answer['model_version']} says over HTTP:")
    for species, chance in answer["predictions"][0]["probabilities"].items():
        print(f"  {species:<20}{chance:8.4f}")
    details = read(repo / "reports" / "evaluation.json")
    print(f"\nOn {details['rows']['test']} penguins that it had never seen:")
    for name, value in read(repo / "reports" / "metrics.json").items():
        baseline = details["baseline"][name]
        print(f"  {name:<20}{value:8.4f}   (a guess without looking: {baseline:.4f})")
    print(f"The notebook's last stored score: {found['last stored score']}")
    print(f"\nAll of it took {time.monotonic() - start:.0f} seconds. Next:")
    for command in (
        f"cd {os.path.relpath(repo)}",
        "make parity  # runs the notebook: are features and score the same?",
        "source .venv/bin/activate",
        "make serve   # http://127.0.0.1:8000/docs",
        "dvc exp run -S model=logistic",
    ):
        print(f"  {command}")


if __name__ == "__main__":
    main()
