"""`make push`: commits, data and models, and the registry's tags, to where others have them."""

from pathlib import Path

from omegaconf import DictConfig

from ..tools.command import command
from ..tools.dvc import dvc, push_of, remote
from ..tools.errors import Refusal
from ..tools.git import REMOTE, git
from ..tools.paths import CANDIDATE
from .base import PRODUCTION, registry
from .in_git import GitRegistry


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


main = command(push)

if __name__ == "__main__":
    main()
