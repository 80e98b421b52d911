"""Judges one lab of one repository: the checks in a process, the team's code in others below it."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from course.lab import Lab

State = Literal["passed", "failed", "not judged"]
JUDGE = Path(__file__).with_name("judge.py")
STUDENT = Path(__file__).parent / "student"
HARNESS = (STUDENT / "conftest.py", STUDENT / "answering.py")
QUESTIONS = 20  # that a lab asks at most, each of which may take its whole time
NO_NETWORK = ["unshare", "--map-root-user", "--net"]
ALONE = (  # the first that this system lets us
    [*NO_NETWORK, "--pid", "--fork", "--kill-child", "--mount-proc"],
    [*NO_NETWORK, "--pid", "--fork", "--kill-child"],
    NO_NETWORK,
)


@dataclass(frozen=True)
class Check:
    """One check of a lab.

    Attributes:
        title: what it looks at, in words.
        said: why it failed; empty if it passed.
    """

    name: str
    title: str
    passed: bool
    said: str


@dataclass(frozen=True)
class Verdict:
    """What became of a lab in a repository.

    Attributes:
        state: `not judged` where the failure may be one of the machinery.
        reason: in a line.
        checks: that ran.
        log: what pytest printed.
    """

    state: State
    reason: str
    checks: tuple[Check, ...] = ()
    log: str = ""


def judge(lab: Lab, repo: Path, python: str, *, hidden: bool = True) -> Verdict:
    """Run a lab's checks on a folder of files, which they don't change.

    Nothing of the repository is on the judge's path: its conftest.py, plug-ins, settings and
    Makefile are not read. Python is isolated (`-I`), the environment holds nothing of the caller's.

    Args:
        lab: whose checks run.
        repo: of the team.
        python: of the environment that all teams share.
        hidden: whether the hidden checks run beside the public ones.
    """
    (verdict,) = judge_each(lab, [repo], python, hidden=hidden)
    return verdict


def judge_each(
    lab: Lab,
    repos: Sequence[Path],
    python: str,
    *,
    hidden: bool = True,
    only: Sequence[str] | None = None,
) -> list[Verdict]:
    """Judge several repositories, of people who trust one another: one process serves them all.

    What takes long to import is imported once, and each is judged until a check fails.

    Args:
        lab: whose checks run.
        repos: folders of files.
        python: of the environment that they share.
        hidden: whether the hidden checks run beside the public ones.
        only: for each repository the name of the one check that is to run; empty: all run.

    Returns:
        A verdict for each.
    """
    with tempfile.TemporaryDirectory(prefix="course-judge-") as folder:
        work = Path(folder)
        checks = work / "checks"
        checks.mkdir()
        for path in HARNESS:
            shutil.copy(path, checks)
        for name in ("public", "hidden") if hidden else ("public",):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(lab.folder / name, checks / name, ignore=ignored)
        try:
            teams = [str(repo.resolve()) for repo in repos]
            asked = list(zip(teams, only or [""] * len(teams), strict=True))
            return _run(lab, asked, python, work)
        except OSError as error:
            bad = Verdict("not judged", f"the checks could not be started: {error}")
            return [bad] * len(repos)


def _run(lab: Lab, repos: list[tuple[str, str]], python: str, work: Path) -> list[Verdict]:
    key = secrets.token_hex()
    seconds = 3 * lab.seconds * QUESTIONS * len(repos)
    environment = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    environment |= {
        "HOME": str(work),
        "TMPDIR": str(work),
        "LABS_SECONDS": str(lab.seconds),
        "LABS_IMPORTS": " ".join(lab.imports),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    with subprocess.Popen(
        [*alone(), python, "-I", "-B", str(JUDGE), str(work / "checks"), json.dumps(repos)],
        cwd=work,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(f"{key}\n", timeout=seconds)
        except subprocess.TimeoutExpired:
            late = Verdict("not judged", f"the checks did not end within {seconds} seconds")
            return [late] * len(repos)
        finally:
            _end(process)
    log, *told = output.split(key)
    verdicts = []
    for text in told:
        content, _, rest = text.partition("\n")
        verdicts.append(_verdict(json.loads(content), log))
        log = rest
    last = (log.strip().splitlines() or [f"code {process.returncode}"])[-1]
    silent = Verdict("not judged", f"the checks ended without a word: {last}", log=log)
    return verdicts + [silent] * (len(repos) - len(verdicts))


def _end(process: "subprocess.Popen[str]") -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def _verdict(told: dict[str, Any], log: str) -> Verdict:
    checks = tuple(
        Check(each["name"], each["title"], each["outcome"] == "passed", each["said"])
        for each in told["checks"]
        if "said" in each
    )
    if told["broken"] or told["code"] not in (0, 1) or not checks:
        why = (told["broken"] or [f"pytest ended with code {told['code']}"])[0]
        last = why.strip().splitlines()[-1]
        return Verdict("not judged", f"a check could not run: {last}", checks, log)
    failed = [check for check in checks if not check.passed]
    if failed:
        reason = f"{len(failed)} of {len(checks)} checks failed: {failed[0].said}"
        return Verdict("failed", reason, checks, log)
    return Verdict("passed", f"{len(checks)} checks passed", checks, log)


@cache
def alone() -> list[str]:
    """Give the command that starts another without a network, and ends all that it left running.

    Empty where this system has no such thing, or does not let us.
    """
    for command in ALONE if shutil.which(NO_NETWORK[0]) else ():
        with contextlib.suppress(subprocess.TimeoutExpired):
            done = subprocess.run([*command, "true"], capture_output=True, timeout=30, check=False)
            if not done.returncode:
                return command
    return []
