"""Stages of rendered repos in forks of one process, which has imported the heavy libraries once.

To import pandas, scikit-learn and Hydra takes seconds; what a stage then does with a small table
takes a fraction of one.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.rendered import RenderedRepo, clean_environment
from tests.served import package

# Takes a line of JSON for each module, or code, that is to run; prints its exit code.
_FORKING = """
import json, os, runpy, site, sys, traceback
import hydra, matplotlib, pandas, pandera, scipy.stats, skops.io, sklearn.ensemble
import sklearn.model_selection, xgboost
print("ready", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if not child:
        os.chdir(asked["repo"])
        sys.executable = asked["python"]
        os.environ["PATH"] = os.path.dirname(asked["python"]) + os.pathsep + os.environ["PATH"]
        site.addsitedir(asked["packages"])
        sys.path[:0] = ["", "src"]
        log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        name, *sys.argv[1:] = asked["words"]
        code = 1
        try:
            if name == "-c":
                exec(sys.argv[1], {"__name__": "__main__"})
            else:
                sys.argv[0] = name
                runpy.run_module(name, run_name="__main__", alter_sys=True)
            code = 0
        except SystemExit as end:
            if isinstance(end.code, str):
                print(end.code, file=sys.stderr)
            else:
                code = end.code or 0
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Stages:
    """Runs modules of rendered repos that have an environment."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Take the process that forks."""
        self._process = process

    def run(self, repo: RenderedRepo, *words: str) -> str:
        """Run a module with arguments, or code after `-c`; give what it prints and logs."""
        own = repo.path / ".venv"
        log = repo.path.parent / f"{repo.path.name}.log"
        asked = {
            "repo": str(repo.path),
            "python": str(own / "bin" / "python"),
            "packages": str(next(own.glob("lib/python3*/site-packages"))),
            "log": str(log),
            "words": words,
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        code, said = self.answer(), log.read_text(encoding="utf-8")
        assert code == "0", f"{' '.join(words)}\n{said[-6000:]}"
        return said

    def pipeline(self, repo: RenderedRepo, *, falls_back: bool = False) -> None:
        """Describe the table, compare it with the notebook, and run the stages of dvc.yaml."""
        name = package(repo)
        self.run(repo, f"{name}.stages.describe", "+optional=true")
        self.run(repo, f"{name}.tools.config")
        if falls_back:
            assert "the notebook's own cells" in self.run(repo, f"{name}.parity.birth")
        for stage in yaml.safe_load(repo.read("dvc.yaml"))["stages"].values():
            self.run(repo, *stage["cmd"].split()[2:])

    def answer(self) -> str:
        """Give the next line that the process prints."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the process that forks has ended"
        return line.strip()


@contextmanager
def forking(environment: Path) -> Iterator[Stages]:
    """Start the process that forks, in the environment that the repos share."""
    process = subprocess.Popen(
        [str(environment / "bin" / "python"), "-u", "-c", _FORKING],
        env=clean_environment(WANDB_MODE="offline", MPLBACKEND="agg"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    stages = Stages(process)
    try:
        assert stages.answer() == "ready"
        yield stages
    finally:
        process.kill()
        process.wait()
