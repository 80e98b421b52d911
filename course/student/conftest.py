"""What a lab's checks ask a team's code with.

A check never imports the team's code. It sends a function to a process of its own, which has limits
of time and memory, and compares what comes back.
"""

import atexit
import contextlib
import inspect
import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

MEMORY = 4 * 2**30  # bytes of address space
FILE = 64 * 2**20  # bytes of one file
SECONDS = 20  # of processor time; of the clock three times as many
ANSWERING = Path(__file__).with_name("answering.py")
KEPT = "labs_kept"  # a module that nobody imports anew


class Answering:
    """The process in which questions are answered, begun anew where it has ended.

    Attributes:
        work: a folder for it, which goes with it.
        seconds: of processor time that one question may take.
    """

    def __init__(self) -> None:
        """Take what a grader sets."""
        self._folder = tempfile.TemporaryDirectory(prefix="labs-", ignore_cleanup_errors=True)
        self.work = Path(self._folder.name)
        self.seconds = int(os.environ.get("LABS_SECONDS", SECONDS))
        self.imports = os.environ.get("LABS_IMPORTS", "").split()
        self.process: subprocess.Popen[str] | None = None

    def told(self, given: str) -> dict[str, Any]:
        """Hand a question on; give the code with which its process ended, and whether in time."""
        if self.process is None or self.process.poll() is not None:
            self.process = self._started()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        end = threading.Timer(4 * self.seconds, _end, [self.process])
        end.start()
        try:
            self.process.stdin.write(f"{given}\n")
            self.process.stdin.flush()
            return dict(json.loads(self.process.stdout.readline()))
        except (OSError, ValueError):
            return {"code": self.process.wait(), "late": not end.is_alive()}
        finally:
            end.cancel()

    def end(self) -> None:
        """End the process, and remove its folder."""
        if self.process is not None:
            _end(self.process)
            self.process.communicate()
        self._folder.cleanup()

    def _started(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(ANSWERING)],
            cwd=self.work,
            env=_environment(self.work),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        assert process.stdin is not None
        process.stdin.write(f"{json.dumps(self.imports)}\n")
        return process


class Team:
    """A team's repository, of which checks ask questions.

    Attributes:
        folder: of the repository.
    """

    def __init__(self, folder: Path, answering: Answering) -> None:
        """Take a folder, and who answers."""
        self.folder = folder
        self.answering = answering

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
        seconds = self.answering.seconds
        with tempfile.TemporaryDirectory(dir=self.answering.work) as folder:
            answer, errors = Path(folder) / "answer.json", Path(folder) / "errors.txt"
            given = {
                "program": textwrap.dedent(inspect.getsource(function)),
                "function": function.__name__,
                "arguments": arguments,
                "source_folder": str(self.folder / "src"),
                "package": packages[0].parent.name,
                "folder": folder,
                "answer": str(answer),
                "errors": str(errors),
                "wall": 3 * seconds,
                "limits": {
                    "RLIMIT_CPU": seconds,
                    "RLIMIT_AS": MEMORY,
                    "RLIMIT_FSIZE": FILE,
                    "RLIMIT_CORE": 0,
                },
            }
            told = self.answering.told(json.dumps(given))
            try:
                return json.loads(answer.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                raise AssertionError(self._reason(told, errors)) from None

    def _reason(self, told: dict[str, Any], errors: Path) -> str:
        """Say why there is no answer."""
        seconds = self.answering.seconds
        if told["late"]:
            return f"your code gave no answer within {3 * seconds} seconds"
        if -told["code"] in _TOO_LONG:
            return f"your code took more than {seconds} seconds of processor time"
        text = errors.read_text(encoding="utf-8", errors="replace") if errors.is_file() else ""
        last = text.strip().splitlines()[-1:] or [f"it ended with code {told['code']}"]
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


def _answering() -> Answering:
    """The one process of all sessions in this one, for each of which pytest imports us anew."""
    kept = sys.modules.setdefault(KEPT, ModuleType(KEPT)).__dict__
    if "answering" not in kept:
        kept["answering"] = Answering()
        atexit.register(kept["answering"].end)
    return kept["answering"]  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def team() -> Team:
    """Give the repository that is checked: the one around labs/, or the one that a grader names."""
    folder = os.environ.get("LABS_TEAM") or Path(__file__).resolve().parents[1]
    return Team(Path(folder), _answering())


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
