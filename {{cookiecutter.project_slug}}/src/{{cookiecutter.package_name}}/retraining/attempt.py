"""A run that leaves the repository as it was, unless what it made is kept."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from ..tools.dvc import Broke, dvc
from ..tools.errors import Refusal
from ..tools.files import sha256
from ..tools.git import git, literally
from ..tools.paths import SCHEMA

LOCK = Path("dvc.lock")
WRITTEN = (LOCK.as_posix(), "params.yaml", "reports/*.json", "data/raw")  # by a run
READ = ("conf", "dvc.yaml", SCHEMA.as_posix(), "src")


class Attempt:
    """A run under way.

    Attributes:
        begun: whether the pipeline ran.
        kept: whether what it made stays.
    """

    begun = kept = False

    def reproduce(self, *stages: str) -> None:
        """Run what changed of the pipeline, or of what some stages need.

        Raises:
            Broke: if a stage fails.
        """
        self.begun = True
        dvc("repro", *stages)

    def keep(self) -> dict[str, str]:
        """Let it stay; return the SHA-256 of each file that Git is to record."""
        self.kept = True
        return {path: sha256(Path(path)) for path in changed()}


def refuse_uncommitted(*paths: str) -> None:
    """See that Git has all that there is below some paths.

    Raises:
        Refusal: with the files that it has not.
    """
    if files := changed(*paths):
        raise Refusal(
            f"not committed: {', '.join(files)}; commit, or take back with `git restore`; what "
            "`make retrain` left as a candidate is for `make propose`"
        )


def changed(*paths: str) -> list[str]:
    """Files that are not as the commit that is checked out has them; by default of a run's own."""
    said = git("status", "--porcelain", "-z", "--no-renames", "-uall", "--", *(paths or WRITTEN))
    return sorted(entry[3:] for entry in said.split("\0") if entry)


@contextmanager
def attempt(table: Path) -> Iterator[Attempt]:
    """Take back what a run changes: if it is not kept, is refused, fails or is interrupted.

    Args:
        table: the raw one.
    """
    absent = [path for path in (table, *_outputs()) if not path.exists()]
    run = Attempt()
    try:
        yield run
    finally:
        if not run.kept:
            _take_back(table, absent, run.begun)


def _take_back(table: Path, absent: list[Path], has_begun: bool) -> None:
    files = changed()
    recorded = {*git("ls-tree", "-r", "-z", "--name-only", "HEAD", "--", ".").split("\0")}
    if files:  # DVC stages what it writes
        git("reset", "--quiet", "--", *literally(files))
    if former := [path for path in files if path in recorded]:
        git("checkout", "--quiet", "--", *literally(former))
    for new in {*files} - recorded:
        Path(new).unlink()
    made = _outputs() if has_begun else []
    if f"{table.as_posix()}.dvc" in files:
        made.append(table)
    for out in made:
        if out in absent and out.exists():
            shutil.rmtree(out) if out.is_dir() else out.unlink()
    if LOCK.exists() and (wanted := [out.as_posix() for out in made if out not in absent]):
        try:
            dvc("checkout", "--force", "--quiet", *wanted)
        except Broke as error:  # the cause was reported before, and is why this runs
            print(f"{error}; `make pipeline` makes it again")


def _outputs() -> list[Path]:
    """Outputs of the pipeline that DVC keeps."""
    stages = yaml.safe_load(Path("dvc.yaml").read_text(encoding="utf-8"))["stages"].values()
    return [Path(name) for stage in stages for name in map(_kept, stage.get("outs", ())) if name]


def _kept(out: Any) -> str | None:
    if isinstance(out, str):
        return out
    ((name, options),) = out.items()
    return str(name) if options.get("cache", True) else None
