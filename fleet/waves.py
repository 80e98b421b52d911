"""Takes repositories to the newest state of their template, in waves, each on a branch.

Each repository is updated in a clone by its own `.github/template.sh`, and gets the branch back.
What its people have not committed, and the branch that they are on, stay as they are.
"""

import json
import math
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, Self

from fleet.repositories import name_of
from idea.project.hydra_compose import BadConfig, compose, dump

State = Literal["updated", "conflicts", "current", "proposed", "unlinked", "failed"]
DONE = ("updated", "conflicts", "current", "proposed", "unlinked")
SCRIPT = Path(".github/template.sh")
SECONDS = 600
LOCKS = ("uv.lock", "requirements.lock")
IDENTITY = {
    "GIT_AUTHOR_NAME": "fleet",
    "GIT_AUTHOR_EMAIL": "fleet@localhost",
    "GIT_COMMITTER_NAME": "fleet",
    "GIT_COMMITTER_EMAIL": "fleet@localhost",
}


class BadWave(ValueError):
    """An option can't be; the message says so in one line."""


@dataclass(frozen=True)
class Wave:
    """How many repositories are updated before somebody may look.

    Attributes:
        share: of all repositories, or a number above 1.
        stop_above: the share of failures in a wave above which no other one begins.
        test: a command to run on each branch; empty: none.
    """

    share: float
    stop_above: float
    test: str = ""

    @classmethod
    def of(cls, share: str, stop_above: str, test: str = "") -> Self:
        """Read the options.

        Raises:
            BadWave: one is neither a share nor a number.
        """
        return cls(_share("--wave", share), _share("--stop-above", stop_above), test)

    def size(self, total: int) -> int:
        """Give the number of repositories in one wave, of so many."""
        return max(1, math.ceil(total * self.share) if self.share <= 1 else int(self.share))


def _share(option: str, text: str) -> float:
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1
    if value < 0 or (option == "--wave" and value == 0):
        raise BadWave(f"{option} is {text!r}; write a share such as 5%, or a number")
    return value


@dataclass(frozen=True)
class Updated:
    """What became of one repository.

    Attributes:
        state: `failed` is tried again the next time.
        branch: with the update, in the repository.
        conflicts: files in which both sides changed the same lines, or that are gone on one.
        said: why it failed, or what is left to do.
    """

    name: str
    state: State
    branch: str = ""
    conflicts: tuple[str, ...] = ()
    said: str = ""
    left: tuple[str, ...] = field(default=())


def update(paths: list[Path], wave: Wave, state: Path) -> int:
    """Update wave after wave, and leave what became of each where the next call resumes.

    Args:
        paths: of the repositories.
        wave: how many at once, and when to stop.
        state: a file, written after each repository.

    Returns:
        0, or 1 where one failed or a wave was stopped.
    """
    known = _read(state)
    ahead = [path for path in paths if known.get(str(path), {}).get("state") not in DONE]
    size = wave.size(len(paths))
    failures = 0
    for number, begin in enumerate(range(0, len(ahead), size), 1):
        batch = ahead[begin : begin + size]
        failed = 0
        for path in batch:
            found = update_one(path, wave.test)
            known[str(path)] = asdict(found)
            _write(state, known)
            print("\n".join(lines(found)), flush=True)
            failed += found.state == "failed"
        failures += failed
        rest = len(ahead) - begin - len(batch)
        if rest and failed / len(batch) > wave.stop_above:
            print(
                f"Stopped: {failed} of {len(batch)} failed in wave {number}, more than "
                f"{wave.stop_above:.0%}; {rest} repositories are left. Mend that, then again."
            )
            return 1
    return int(bool(failures))


def lines(found: Updated) -> Iterator[str]:
    """Say what became of a repository."""
    branch = f" in the branch {found.branch}" if found.branch else ""
    yield f"{found.name}: {found.state}{branch}{f': {found.said}' if found.said else ''}"
    yield from (f"  conflict in {name}" for name in found.conflicts)
    yield from (f"  {what}" for what in found.left)


def update_one(path: Path, test: str = "") -> Updated:
    """Update one repository in a clone; it gets nothing but a branch.

    Args:
        path: of the repository, which may be bare.
        test: a command to run on the branch; empty: none.
    """
    name = name_of(path)
    try:
        with tempfile.TemporaryDirectory(prefix="fleet-") as folder:
            clone = Path(folder) / name
            _run(Path(folder), "git", "clone", "--quiet", "--", str(path), str(clone))
            return _in_clone(clone, path, test)
    except _Failed as failure:
        return Updated(name, "failed", said=str(failure))


class _Failed(Exception):
    pass


def _in_clone(clone: Path, path: Path, test: str) -> Updated:
    name = clone.name
    if not (clone / SCRIPT).is_file() or not (clone / ".cruft.json").is_file():
        return Updated(name, "unlinked", said="it follows no template")
    _fetch_branches(clone, path)
    outputs = clone / ".git" / "outputs"
    outputs.touch()
    said = _run(clone, "bash", str(SCRIPT), "update", GITHUB_OUTPUT=str(outputs), SETUP="no")
    told = dict(line.split("=", 1) for line in outputs.read_text("utf-8").splitlines())
    if outcome := told.get("outcome"):
        known: dict[str, State] = {"current": "current", "proposed": "proposed"}
        return Updated(name, known.get(outcome, "unlinked"))
    if "branch" not in told:
        return Updated(name, "current", said=said.strip().splitlines()[-1])
    conflicts = _conflicts(clone)
    left = _compose(clone) if not conflicts else ("resolve the conflicts, then make setup params",)
    left += _stale_lock(clone)
    _run(clone, "git", "push", "--quiet", "origin", f"HEAD:refs/heads/{told['branch']}")
    if conflicts:
        return Updated(name, "conflicts", told["branch"], conflicts, left=left)
    if test:
        try:
            _run(clone, *shlex.split(test))
        except _Failed as failure:
            return Updated(name, "failed", told["branch"], said=f"`{test}`: {failure}", left=left)
    return Updated(name, "updated", told["branch"], left=left)


def _fetch_branches(clone: Path, path: Path) -> None:
    """Have the clone know the repository's branches of earlier updates."""
    _run(clone, "git", "fetch", "--quiet", str(path), "refs/heads/template/*:refs/heads/template/*")


def _conflicts(clone: Path) -> tuple[str, ...]:
    """Name the files with a conflict: marked, or left out of the branch."""
    done = subprocess.run(
        ["git", "grep", "-l", "-E", "^<<<<<<< "],
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
    )
    left_out = (each.relative_to(clone).as_posix() for each in clone.rglob("*.rej"))
    return tuple(
        sorted({*done.stdout.split("\n"), *(n.removesuffix(".rej") for n in left_out)} - {""})
    )


def _compose(clone: Path) -> tuple[str, ...]:
    """Compose conf/ into params.yaml in the branch's commit, which needs no environment."""
    params = clone / "params.yaml"
    if not (clone / "conf" / "config.yaml").is_file() or not params.is_file():
        return ()
    try:
        text = dump(compose(clone / "conf"))
    except (BadConfig, OSError, ValueError, KeyError, TypeError) as error:
        return (f"make params ({error})",)
    if text != params.read_text(encoding="utf-8"):
        params.write_text(text, encoding="utf-8", newline="\n")
        _run(
            clone, "git", "commit", "--quiet", "--no-verify", "--amend", "--no-edit", "params.yaml"
        )
    return ()


def _stale_lock(clone: Path) -> tuple[str, ...]:
    """Say where a lock file is older than what it locks, which only its own index can mend."""
    changed = _run(clone, "git", "diff", "--name-only", "HEAD~", "HEAD").split()
    there = [lock for lock in LOCKS if (clone / lock).is_file()]
    return (
        (f"make setup: {there[0]} is to follow pyproject.toml",)
        if there and ("pyproject.toml" in changed)
        else ()
    )


def _run(folder: Path, *command: str, **variables: str) -> str:
    """Run a command; give what it printed.

    Raises:
        _Failed: with its last line.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {"CRUFT": f"{shlex.quote(sys.executable)} -m cruft"} | variables
    if not os.environ.get("GIT_AUTHOR_NAME"):
        environment |= IDENTITY
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _Failed(f"{command[0]}: {error}") from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()
        raise _Failed(said[-1])
    return done.stdout


def _read(state: Path) -> dict[str, dict[str, object]]:
    try:
        found: dict[str, dict[str, object]] = json.loads(state.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise BadWave(f"{state} is no state of an update; remove it to begin anew") from None
    return found


def _write(state: Path, known: dict[str, dict[str, object]]) -> None:
    part = state.with_name(f".{state.name}.part")
    part.write_text(json.dumps(known, indent=1), encoding="utf-8")
    part.replace(state)
