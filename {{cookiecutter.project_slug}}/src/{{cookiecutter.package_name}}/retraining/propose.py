"""`make propose`: what `make retrain` made, on a branch of its own and with a version.

Whatever fails, the branches, the tags and the commit that is checked out are what they were.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from omegaconf import DictConfig

from ..registry import PRODUCTION, put_into_production, registry, stage_of
from ..registry.commands import registered
from ..tools.command import command
from ..tools.dvc import dvc
from ..tools.errors import Refusal
from ..tools.files import sha256
from ..tools.git import REMOTE, git, head, literally
from ..tools.paths import CANDIDATE
from .attempt import READ, refuse_uncommitted
from .record import FILE, Record, tell_github


def propose(cfg: DictConfig) -> None:
    """Commit and register the candidate, and push both if there is an `origin`.

    Raises:
        Refusal: if there is no candidate, or it can't be registered or pushed.
    """
    record = Record.load()
    if record.outcome != "candidate" or record.candidate is None:
        raise Refusal(f"the last outcome is {record.outcome!r} ({FILE}); `make retrain` first")
    branch = f"retraining/{record.candidate[:7]}"
    has_origin = REMOTE in git("remote").splitlines()
    where = ["ls-remote", REMOTE] if has_origin else ["for-each-ref"]
    if git(*where, f"refs/heads/{branch}"):
        print(f"This candidate is already proposed: {branch}{f' on {REMOTE}' * has_origin}")
        return
    _check(record)
    _check_identity()
    found = registry(cfg)
    found.versions()  # can it be reached?
    with _taken_back_if_it_fails(branch):
        git("checkout", "--quiet", "-b", branch)
        files = literally(record.changed)
        git("add", "--", *files)
        git("commit", "--quiet", "--message", f"Retrain: {record.names}", "--", *files)
        dvc("push")
        former = _tags()
        if cfg.retraining.promote:  # not by way of staging: GitHub sees three tags at once, no more
            version = found.register(CANDIDATE)
            put_into_production(found, version)
        else:
            version = registered(found)
        if has_origin:
            git("push", "--quiet", "--atomic", REMOTE, f"refs/heads/{branch}", *(_tags() - former))
    is_promoted = stage_of(found, version) == PRODUCTION
    tell_github(branch=branch, version=version, promoted=str(is_promoted).lower())
    print(f"{cfg.name} {version} is in {stage_of(found, version)}, made by {branch}")
    if has_origin:
        print("Next: gh pr create --fill")
    else:
        print(f"Next: look at it, then on your branch: git merge {branch}")


def _check(record: Record) -> None:
    """See that what was judged is what is here.

    Raises:
        Refusal: if it is not.
    """
    pipeline = CANDIDATE / "pipeline.skops"
    if not pipeline.exists() or sha256(pipeline) != record.candidate:
        raise Refusal(f"{CANDIDATE} is not the model that was judged; `make retrain` again")
    files = {path: sha256(Path(path)) for path in record.changed if Path(path).exists()}
    if others := [path for path in record.changed if files.get(path) != record.changed[path]]:
        raise Refusal(f"{', '.join(others)} changed since; `git restore`, then `make retrain`")
    refuse_uncommitted(*READ)
    if head() != record.commit:
        raise Refusal(
            "another commit is checked out than the model was made from; `git restore` what the "
            "run left, then `make retrain` again"
        )


def _check_identity() -> None:
    """See that Git knows who commits; without that it would invent a name."""
    for who in ("AUTHOR", "COMMITTER"):
        words = ["git", "-c", "user.useConfigOnly=true", "var", f"GIT_{who}_IDENT"]
        if subprocess.run(words, capture_output=True, check=False).returncode:
            raise Refusal(
                "Git does not know who commits; `git config user.name …` and `user.email`, or "
                "GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_COMMITTER_NAME and GIT_COMMITTER_EMAIL"
            )


@contextmanager
def _taken_back_if_it_fails(branch: str) -> Iterator[None]:
    former, commit, tags = git("rev-parse", "--symbolic-full-name", "HEAD"), head(), _tags()
    if git("for-each-ref", f"refs/heads/{branch}"):
        raise Refusal(f"the branch {branch} is here already; `git branch -D` it, or merge it")
    try:
        yield
    except BaseException:
        if former == "HEAD":
            git("update-ref", "--no-deref", "HEAD", commit)
            git("checkout", "--quiet", "--detach", commit)
        else:
            git("symbolic-ref", "HEAD", former)
        git("reset", "--quiet", commit)
        if git("for-each-ref", f"refs/heads/{branch}"):
            git("branch", "--quiet", "-D", branch)
        for tag in _tags() - tags:
            git("tag", "--delete", tag.removeprefix("refs/tags/"))
        raise


def _tags() -> set[str]:
    return {*git("for-each-ref", "--format=%(refname)", "refs/tags").split()}


main = command(propose)

if __name__ == "__main__":
    main()
