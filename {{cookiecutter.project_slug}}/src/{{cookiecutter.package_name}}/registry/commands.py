"""The registry's commands: each is a target of the Makefile, and the first argument names it."""

import sys
from pathlib import Path

from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table

from ..tools.command import command
from ..tools.dvc import dvc, push_of, refuse_other_files, remote
from ..tools.errors import Refusal
from ..tools.git import REMOTE, git, head
from ..tools.paths import CANDIDATE, NOTICED, TEST, TRAIN
from ..tools.paths import PRODUCTION as PRODUCTION_FOLDER
from . import (
    PRODUCTION,
    STAGING,
    Registry,
    fetch_version,
    in_stage,
    put_into_production,
    registry,
    stage_of,
)
from .gate import failed, judged
from .in_git import GitRegistry

JUDGED = (CANDIDATE, TRAIN, TEST, NOTICED)


def models(cfg: DictConfig) -> None:
    """Print a table of all versions, newest first."""
    listing = Table("version", "stage", "made from", title=str(cfg.name))
    for version in reversed(registry(cfg).versions()):
        listing.add_row(version.name, version.stage or "-", version.source)
    if listing.row_count:
        Console().print(listing)
    else:
        print("No version is registered yet. Next: make promote")


def register(cfg: DictConfig) -> None:
    """Register models/candidate; what is new goes to staging."""
    found = registry(cfg)
    version = registered(found)
    print(f"{cfg.name} {version} is in {stage_of(found, version)}. Next: make promote")


def registered(found: Registry) -> str:
    """The candidate's version, which is in staging if it was in no stage."""
    version = found.register(CANDIDATE)
    if stage_of(found, version) is None:
        found.assign(version, STAGING)
    return version


def gate(cfg: DictConfig) -> None:
    """Judge the candidate against production; promote nothing, exit with 1 if it does not pass."""
    found = registry(cfg)
    former = in_stage(found, PRODUCTION)
    production = fetch_version(found, former, PRODUCTION_FOLDER) if former else None
    if failure := failed(judged(cfg, production, former)):
        raise Refusal(failure)
    print("The candidate passes the gate. Next: commit it, make promote")


def promote(cfg: DictConfig) -> None:
    """Judge the candidate against production; promote it, or refuse with exit code 1."""
    found, commit = registry(cfg), head()
    refuse_other_files(commit, *JUDGED)
    former = in_stage(found, PRODUCTION)
    production = fetch_version(found, former, PRODUCTION_FOLDER) if former else None
    checks = judged(cfg, production, former)
    if failure := failed(checks):
        raise Refusal(f"{failure}. Nothing was promoted.")
    refuse_other_files(commit, *JUDGED)  # nor did they change meanwhile
    if in_stage(found, PRODUCTION) != former:
        raise Refusal("another model went into production meanwhile; run `make promote` again")
    version = found.register(CANDIDATE, commit)
    if version == former:
        print(f"{cfg.name} {version} is in production already")
        return
    put_into_production(found, version)
    print(f"{cfg.name} {version} is in production. Next: make push")


def rollback(cfg: DictConfig) -> None:
    """Promote the version that was in production before the present one first was.

    With `+of=`, only if that one is in production.
    """
    found = registry(cfg)
    present, served = in_stage(found, PRODUCTION), found.served()
    if present is None:
        raise Refusal("nothing is in production; run `make promote`")
    if (of := cfg.get("of", present)) != present:
        raise Refusal(f"{of} is not in production, {present} is; nothing was changed")
    earlier = served[: served.index(present)]
    if not earlier:
        raise Refusal(f"{present} is the first production model; there is none before it")
    put_into_production(found, earlier[-1])
    print(f"{cfg.name} {earlier[-1]} is in production again, {present} is archived")
    print("Next: make push")


def push(cfg: DictConfig) -> None:
    """Push what DVC keeps, the branch, then the tags, that of production last and alone.

    Where more than three tags come at once, GitHub starts no workflow for any.

    Raises:
        Refusal: if Git or DVC has no remote, or it takes nothing.
    """
    if REMOTE not in git("remote").splitlines():
        raise Refusal(f"Git has no remote; `git remote add {REMOTE} <address>`, then again")
    found = registry(cfg)
    commits, tags = (found.commits(), found.tags()) if isinstance(found, GitRegistry) else ({}, [])
    dvc("push")  # first, so that nobody has a commit without its files
    to = remote()
    assert to is not None  # or that push would have been refused
    for version, commit in commits.items():
        print(f"the files of {cfg.name} {version}", flush=True)
        push_of(commit, CANDIDATE.as_posix(), to)
    if branch := git("branch", "--show-current"):
        _push("--set-upstream", REMOTE, branch)
    there = {line.split("\t")[1] for line in git("ls-remote", "--tags", REMOTE).splitlines()}
    new = [tag for tag in tags if tag not in there]
    production = [tag for tag in new if f"#{PRODUCTION}#" in tag][-1:]
    if others := [tag for tag in new if tag not in production]:
        _push(REMOTE, *others)
    if production:
        _push(REMOTE, *production)
    address = git("remote", "get-url", REMOTE)
    if to.is_folder and not Path(address).exists():
        print(
            f"DVC's remote is a folder of this machine, which {address} does not see; "
            "`make remote URL=…`, commit .dvc/config, then again"
        )
    else:
        print(f"Everything is at {address}, and at DVC's remote")


def _push(*words: str) -> None:
    print(f"$ git push {' '.join(words)}", flush=True)
    git("push", "--quiet", *words)


COMMANDS = {
    "models": command(models),
    "gate": command(gate),
    "register": command(register),
    "promote": command(promote),
    "rollback": command(rollback, options=("of",)),
    "push": command(push),
}


def main() -> None:
    """Run the command that the first argument names."""
    name = sys.argv.pop(1) if len(sys.argv) > 1 else ""
    if name not in COMMANDS:
        sys.exit(f"Refused: there is no command {name!r}, only {', '.join(COMMANDS)}")
    COMMANDS[name]()


if __name__ == "__main__":
    main()
