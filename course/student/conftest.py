"""What a lab's checks ask a team's code with.

A check never imports the team's code. It sends a function to a process of its own, which has limits
of time and memory, and compares what comes back.
"""

import contextlib
import inspect
import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

MEMORY = 4 * 2**30  # bytes of address space
FILE = 64 * 2**20  # bytes of one file
SECONDS = 20  # of processor time; of the clock three times as many
CHILD = """\
import importlib, json, sys
given = json.load(sys.stdin)
try:
    import resource
    for name, most in given["limits"].items():
        resource.setrlimit(getattr(resource, name), (most, most))
except ImportError:
    pass  # Windows has none
sys.path.insert(0, given["source_folder"])
scope = {}
exec(compile(given["program"], "<check>", "exec"), scope)
part = lambda name: importlib.import_module(given["package"] + "." + name)
answer = scope[given["function"]](part, *given["arguments"])
with open(given["answer"], "w", encoding="utf-8") as file:
    json.dump(answer, file)
"""


class Team:
    """A team's repository, of which checks ask questions.

    Attributes:
        folder: of the repository.
    """

    def __init__(self, folder: Path) -> None:
        """Take a folder, and the limit of time that a grader sets."""
        self.folder = folder
        self.seconds = int(os.environ.get("LABS_SECONDS", SECONDS))

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Run a function beside the team's code, in a process of its own.

        Args:
            function: of a module's top level, complete by itself; its first argument gives a module
                of the team's package by its name.
            arguments: what JSON can write.

        Returns:
            Its answer, as JSON gives it back.

        Raises:
            AssertionError: it gave no answer; says why in a line.
        """
        packages = sorted(self.folder.glob("src/*/__init__.py"))
        assert packages, "there is no package below src/"
        with tempfile.TemporaryDirectory() as folder:
            answer = Path(folder) / "answer.json"
            given = {
                "program": textwrap.dedent(inspect.getsource(function)),
                "function": function.__name__,
                "arguments": arguments,
                "source_folder": str(self.folder / "src"),
                "package": packages[0].parent.name,
                "answer": str(answer),
                "limits": {
                    "RLIMIT_CPU": self.seconds,
                    "RLIMIT_AS": MEMORY,
                    "RLIMIT_FSIZE": FILE,
                    "RLIMIT_CORE": 0,
                },
            }
            said = self._run(json.dumps(given), Path(folder))
            try:
                return json.loads(answer.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                raise AssertionError(said) from None

    def _run(self, given: str, folder: Path) -> str:
        """Run the child, and say why it gave no answer, if it gave none."""
        with subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", CHILD],
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process:
            try:
                _, errors = process.communicate(given, timeout=3 * self.seconds)
            except subprocess.TimeoutExpired:
                _end(process)
                return f"your code gave no answer within {3 * self.seconds} seconds"
            finally:
                _end(process)
        if -process.returncode in _TOO_LONG:
            return f"your code took more than {self.seconds} seconds of processor time"
        last = errors.strip().splitlines()[-1:] or [f"it ended with code {process.returncode}"]
        if last[0].startswith("NotImplementedError"):
            return f"still to be written ({last[0].partition(': ')[2]})"
        return f"your code gave no answer: {last[0]}"


_TOO_LONG = {getattr(signal, name, 0) for name in ("SIGXCPU", "SIGKILL")} - {0}


def _environment(folder: Path) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
    own = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "MPLCONFIGDIR"), str(folder))
    return {**kept, **own, "OMP_NUM_THREADS": "1"}


def _end(process: "subprocess.Popen[str]") -> None:
    """End a child with all that it started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


@pytest.fixture(scope="session")
def team() -> Team:
    """Give the repository that is checked: the one around labs/, or the one that a grader names."""
    return Team(Path(os.environ.get("LABS_TEAM") or Path(__file__).resolve().parents[1]))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Say each check in words, with what was expected and what was found."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.when != "call":
        return
    title = (inspect.getdoc(item.obj) or item.name).splitlines()[0]  # type: ignore[attr-defined]
    said = "" if report.passed else message(report)
    report.user_properties += [("title", title), ("said", said)]
    if os.environ.get("LABS_SPEAK"):
        print(f"\n  {'ok  ' if report.passed else 'not '}  {title}", file=sys.__stdout__)
        if said:
            print(f"        {said}", file=sys.__stdout__, flush=True)


def message(report: pytest.TestReport) -> str:
    """Give the first line of why a check failed, in the check's own words."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message if crash else report.longrepr)
    return text.removeprefix("AssertionError: ").splitlines()[0] if text else "no reason was given"
