"""The main job from end to end: render the bundled example, train it, promote its model."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parents[1]
FOLDER = TEMPLATE / ".demo"


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


def main() -> None:
    """Do every step, then say in plain words what came of it."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    # The demo answers to nobody's account, whatever this machine is logged in to.
    os.environ["WANDB_MODE"] = "offline"
    start = time.monotonic()
    print("From a table of 344 penguins to a model in production:")
    answers = ["project_name=Penguin Species"]
    render = ["cookiecutter", "--no-input", "--default-config", "--output-dir", str(FOLDER)]
    step("rendering a repository", *render, str(TEMPLATE), *answers, cwd=TEMPLATE)
    repo = FOLDER / "penguin-species"
    step("setting it up", "make", "setup", cwd=repo)
    step("ingest, validate, split, train, evaluate", "make", "pipeline", cwd=repo)
    step("committing the run", "git", "add", "--all", cwd=repo)
    step("past the Git hooks", "git", "commit", "-m", "Train", cwd=repo)
    verdict = step(
        "through the gate, into the registry", "make", "--no-print-directory", "promote", cwd=repo
    )
    models = step("asking the registry", "make", "--no-print-directory", "models", cwd=repo)

    metrics = json.loads((repo / "reports" / "metrics.json").read_text(encoding="utf-8"))
    details = json.loads((repo / "reports" / "evaluation.json").read_text(encoding="utf-8"))
    print(f"\n{verdict}\n{models}")
    print(f"On {details['rows']['test']} penguins that it had never seen:")
    for name, value in metrics.items():
        print(
            f"  {name:<20}{value:8.4f}   (a guess without looking: {details['baseline'][name]:.4f})"
        )
    print(f"\nAll of it took {time.monotonic() - start:.0f} seconds. Next:")
    for command in (
        f"cd {repo.relative_to(Path.cwd())}",
        "make help",
        "source .venv/bin/activate",
        "dvc exp run -S model=logistic",
        "dvc exp show",
    ):
        print(f"  {command}")


if __name__ == "__main__":
    main()
