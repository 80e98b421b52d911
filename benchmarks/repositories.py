"""Trained repositories under load: `python -m benchmarks.repositories FOLDER...`, one row each.

Each folder is a repository with models/candidate and a `.venv`. Beside it in the same minute: an
empty FastAPI handler, and a naive service of the same pipeline (pydantic, a frame, predict). One
row is asked over 8 connections and over one (the better rate counts), 1,000 rows over one, beside
the pipeline's own time for them in process. Prints a table in Markdown; `--seconds` is the length
of each measurement (2: about 25 seconds a repository). Without a folder, the demo's repository
is made first (two minutes more). Needs wrk.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.lending import PROGRAMS
from benchmarks.load import Failed, Server, free_port, wrk
from benchmarks.peers import UVICORN
from tests.rendered import EXAMPLES, clean_environment, render

THREADS = {"OMP_NUM_THREADS": "1"}
COLUMNS = ("repository", "empty", "naive", "ours", "÷ empty", "÷ naive")
MORE = ("1,000 rows, ms", "in process, ms", "÷", "not compiled")


@dataclass(frozen=True)
class Measured:
    """What was measured of a repository: requests a second, and milliseconds for 1,000 rows."""

    name: str
    empty: float
    naive: float
    ours: float
    many: float
    in_process: float
    left: str

    def line(self) -> str:
        """A row of the table."""
        rates = [f"{rate:,.0f}" for rate in (self.empty, self.naive, self.ours)]
        ratios = [f"{self.ours / self.empty:.3f}", f"{self.ours / max(self.naive, 1e-9):.1f}"]
        many = [f"{self.many:.1f}", f"{self.in_process:.1f}", f"{self.many / self.in_process:.2f}"]
        return "| " + " | ".join([self.name, *rates, *ratios, *many, self.left]) + " |"


class Repository:
    """A trained repository.

    Args:
        path: its folder.
        scratch: where requests and logs are written.
    """

    def __init__(self, path: Path, scratch: Path) -> None:
        """Find its package."""
        self.path = path.resolve()
        self.scratch = scratch
        found = sorted(self.path.glob("src/*/serving/__main__.py"))
        if not found or not (self.path / "models/candidate/pipeline.skops").exists():
            raise Failed(f"{path} has no service or no models/candidate: make setup pipeline")
        self.package = found[0].parents[1].name
        self.environment = clean_environment(
            PATH=f"{self.path}/.venv/bin:{os.environ['PATH']}",
            PYTHONPATH=str(self.path / "src"),
            PACKAGE=self.package,
            MODEL=str(self.path / "models/candidate"),
            **THREADS,
        )

    def run(self, *words: str, given: str | None = None) -> str:
        """Run Python in the repository, and give what it printed."""
        done = subprocess.run(
            [str(self.path / ".venv/bin/python"), *words],
            cwd=self.path,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Failed(f"{self.path.name}: {done.stderr.strip()[-300:]}")
        return done.stdout

    def start(self, command: str) -> Server:
        """Start a server of its environment."""
        port = free_port()
        words = [str(self.path / ".venv/bin/python"), "-m", *command.format(port=port).split()]
        return Server(words, port, self.path, self.environment, self.scratch / "server.log")

    def bodies(self, name: str, requests: list[Any]) -> Path:
        """A file of requests, one a line."""
        file = self.scratch / f"{name}.jsonl"
        file.write_text("\n".join(map(json.dumps, requests)) + "\n", encoding="utf-8")
        return file

    def rate(self, server: Server, path: str, bodies: Path, seconds: float) -> float:
        """The better of the rates over 8 connections and over one."""
        server.wait(path, bodies.read_bytes().splitlines()[0], bool)
        server.load(path, bodies, 1, 8)
        return max(server.load(path, bodies, seconds, count)["rate"] for count in (8, 1))

    def measure(self, seconds: float) -> Measured:
        """Everything, one after the other."""
        told, names = self.run(str(PROGRAMS / "any_naive.py")).splitlines()[-2:]
        rows = json.loads(told)
        numbered = {name: f"f{at}" for at, name in enumerate(json.loads(names))}
        plain = [{numbered[name]: value for name, value in row.items()} for row in rows[:200]]
        ones = self.bodies("one", rows[:200])
        serve = f"{self.package}.serving serving.model=models/candidate serving.port={{port}}"
        with self.start(serve) as server:
            ours = self.rate(server, "/predict", ones, seconds)
            many = server.load("/predict", self.bodies("many", [rows]), seconds, 1)["p50"]
        with self.start(f"uvicorn empty:app --app-dir {PROGRAMS} {UVICORN}") as server:
            empty = self.rate(server, "/predict", ones, seconds)
        with self.start(f"uvicorn any_naive:app --app-dir {PROGRAMS} {UVICORN}") as server:
            naive = self.rate(server, "/predict", self.bodies("plain", plain), seconds)
        program = str(PROGRAMS / "any_in_process.py")
        alone = float(self.run(program, self.package, str(seconds), given=json.dumps(rows)))
        content = json.loads((self.path / "models/candidate/runtime.json").read_text())
        left = [
            f"{name}: {step['because'][:80]}"
            for name, step in content.get("steps", {}).items()
            if "because" in step
        ]
        return Measured(self.path.name, empty, naive, ours, many, alone, "; ".join(left))


def demo(folder: Path) -> Path:
    """Make the demo's repository, trained."""
    notebook = EXAMPLES / "penguins" / "penguins.ipynb"
    repo = render(folder, project_name="Penguins", notebook=str(notebook))
    for target in ("setup", "pipeline"):
        subprocess.run(["make", target], cwd=repo.path, env=clean_environment(), check=True)
    return repo.path


def where() -> str:
    """The machine and the commit."""
    commit = ["git", "rev-parse", "--short", "HEAD"]
    found = subprocess.run(commit, capture_output=True, text=True, check=False).stdout.strip()
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, {platform.system()}, commit {found}, load before {load:.1f}"


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", nargs="*", type=Path, help="trained repositories")
    parser.add_argument("--seconds", type=float, default=2, help="of each measurement")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        try:
            wrk()
            folders = options.folders or [demo(scratch)]
        except Failed as failed:
            sys.exit(str(failed))
        print(where(), "", f"| {' | '.join((*COLUMNS, *MORE))} |", sep="\n")
        print("| --- |" + " ---: |" * 8 + " --- |", flush=True)
        for folder in folders:
            try:
                print(Repository(folder, scratch).measure(options.seconds).line(), flush=True)
            except (Failed, OSError) as failed:
                print(f"{folder.name}: {str(failed)[:200]}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
