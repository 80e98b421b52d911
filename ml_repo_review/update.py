"""`make policy-update`: the newest policy, what it changes here, on a branch of its own."""

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from ml_repo_review.examine import examine
from ml_repo_review.policy import Policy, parse
from ml_repo_review.policy.reader import copy_of
from ml_repo_review.repository import COPY, Repository
from ml_repo_review.rules import RULES
from ml_repo_review.safe_yaml import BYTES
from ml_repo_review.tree import tree_of

SECONDS = 30


class BadUpdate(ValueError):
    """Nothing was changed; the message says why, in one line."""


def update(root: Path, source: str | None = None) -> str:
    """Take up the newest policy, and say what it changes for this repository.

    Args:
        root: of the repository.
        source: of the policy; None takes the one that the copy names.

    Raises:
        BadUpdate: there is no such policy, or Git can't take it.
        BadPolicy: it does not keep to the schema.
    """
    path = root / COPY
    former = parse(path.read_text(encoding="utf-8"), COPY) if path.is_file() else Policy()
    source = source or former.source
    if not source or source == "this repository":
        raise BadUpdate(
            "this repository has no policy yet: make policy-update FROM=<path or address>"
        )
    text = fetch(source, root)
    newest = parse(text, source.rpartition("/")[2])
    if newest.digest == former.digest and former.recorded == former.digest:
        return f"{COPY} is the newest of {source}"
    branch = f"policy/{newest.digest[:7]}"
    if _git(root, "status", "--porcelain", "--untracked-files=no"):
        raise BadUpdate("changes are not committed; commit or stash them, then again")
    if _git(root, "branch", "--list", branch):
        raise BadUpdate(f"the branch {branch} is there already: merge it, or delete it")
    said = [*_keys(former, newest), *_outcomes(root, former, newest)]
    _git(root, "switch", "--quiet", "--create", branch)
    path.write_text(copy_of(text, source), encoding="utf-8", newline="\n")
    _git(root, "add", COPY)
    version = f" {newest.get('version')}" if newest.get("version") else ""
    _git(root, "commit", "--quiet", "--no-verify", "--message", f"Take up the policy{version}")
    return "\n".join([f"The newest policy is in the branch {branch}.", *said])


def fetch(source: str, root: Path) -> str:
    """Give the text of a policy: a path, an address, or `git+<address>#<path>`.

    Raises:
        BadUpdate: it can't be had.
    """
    try:
        if source.startswith("git+"):
            return _from_git(source.removeprefix("git+"))
        if source.startswith(("http://", "https://", "file://")):
            with urlopen(source, timeout=SECONDS) as answer:  # noqa: S310
                content: bytes = answer.read(BYTES + 1)
            return content.decode("utf-8")
        return (root / Path(source).expanduser()).read_text(encoding="utf-8")
    except (OSError, URLError, UnicodeDecodeError) as error:
        raise BadUpdate(f"{source} can't be fetched: {error}") from None


def _from_git(address: str) -> str:
    address, _, name = address.partition("#")
    with tempfile.TemporaryDirectory() as folder:
        _git(Path(folder), "clone", "--quiet", "--depth", "1", "--", address, "clone")
        return (Path(folder) / "clone" / (name or "policy.yaml")).read_text(encoding="utf-8")


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise BadUpdate(f"git {words[0]} failed: {said[-1] if said else 'no message'}")
    return done.stdout.strip()


def _keys(former: Policy, newest: Policy) -> Iterator[str]:
    """Say which keys changed."""
    before, after = dict(_flat(former.content)), dict(_flat(newest.content))
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            old, new = (str(each.get(key, "nothing")) for each in (before, after))
            yield f"  {key}: {old} -> {new}"


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(value, Mapping):
        yield prefix, value
        return
    for key, each in value.items():
        yield from _flat(each, f"{prefix}.{key}" if prefix else str(key))


def _outcomes(root: Path, former: Policy, newest: Policy) -> Iterator[str]:
    """Say which rules this repository breaks now, and which no longer."""
    broken = []
    for policy in (former, newest):
        repo = Repository(tree_of(root, index=True), policy, root.resolve().name)
        # That the copy is not the newest is about to be mended.
        broken.append({each.rule for each in examine(repo) if each.counts} - {"ML803", "ML804"})
    before, after = broken
    if before == after:
        yield "It changes nothing that the rules see here."
    for code in sorted(after - before):
        yield f"New here: {code}, not so: {RULES[code].title} Fix: {RULES[code].fix}"
    for code in sorted(before - after):
        yield f"No longer: {code}"
