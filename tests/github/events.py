"""What starts a workflow, and what it is told about that."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Which activities of an event start a workflow that names none.
ACTIVITIES = {"pull_request": ["opened", "synchronize", "reopened"]}


class NotStarted(Exception):
    """The event does not start the workflow."""


def git(repo: Path, *arguments: str) -> str:
    """Ask a repository."""
    command = ["git", "-C", str(repo), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def payload_of(given: Mapping[str, Any], repository: str, ref: str) -> dict[str, Any]:
    """Give an event's payload: what it was given over what every payload has."""
    owner = repository.partition("/")[0]
    every = {
        "ref": ref,
        "repository": {
            "full_name": repository,
            "name": repository.partition("/")[2],
            "owner": {"login": owner},
            "default_branch": "main",
            "private": False,
        },
        "sender": {"login": owner},
    }
    return _merged(every, given)


def pull_request(repo: Path, payload: dict[str, Any], branch: str) -> dict[str, Any]:
    """Make what GitHub makes of a pull request: its merge commit, and what its payload says.

    Raises:
        NotStarted: it has conflicts, and GitHub starts nothing then.
    """
    repository = payload["repository"]["full_name"]
    given = {
        "action": "opened",
        "number": 1,
        "pull_request": {
            "head": {"ref": branch, "repo": {"full_name": repository}},
            "base": {"ref": "main", "repo": {"full_name": repository}},
            "user": {"login": payload["sender"]["login"]},
        },
    }
    full = _merged(given, payload)
    base = git(repo, "rev-parse", full["pull_request"]["base"]["ref"])
    head = git(repo, "rev-parse", f"refs/heads/{branch}")
    try:
        tree = git(repo, "merge-tree", "--write-tree", base, head).splitlines()[0]
    except subprocess.CalledProcessError as error:
        raise NotStarted(f"{branch} has conflicts with its base") from error
    merge = git(
        repo,
        *("-c", "user.name=GitHub", "-c", "user.email=noreply@github.com"),
        *("commit-tree", tree, "-p", base, "-p", head, "-m", f"Merge {head} into {base}"),
    )
    git(repo, "update-ref", f"refs/pull/{full['number']}/merge", merge)
    full["pull_request"]["number"] = full["number"]
    full["pull_request"]["head"]["sha"] = head
    full["pull_request"]["base"]["sha"] = base
    return full


def is_foreign(event: str, payload: Mapping[str, Any]) -> bool:
    """Tell whether it gets no secrets and may only read: a fork's pull request, or Dependabot's."""
    if payload["sender"]["login"] == "dependabot[bot]":
        return True
    if event != "pull_request":
        return False
    head: str = payload["pull_request"]["head"]["repo"]["full_name"]
    base: str = payload["repository"]["full_name"]
    return head != base


def started(on: Mapping[str, Any], event: str, ref: str, payload: Mapping[str, Any]) -> None:
    """Check that the event starts a workflow. Filters by path are not looked at.

    Raises:
        NotStarted: it does not.
    """
    if event not in on:
        raise NotStarted(f"it is not started by {event}, but by {', '.join(on)}")
    told = on[event] or {}
    if event == "schedule":
        return
    types = told.get("types", ACTIVITIES.get(event))
    if types and "action" in payload and payload["action"] not in types:
        raise NotStarted(f"{event}: {payload['action']} is none of {', '.join(types)}")
    if event == "pull_request":
        _passes(told, "branches", payload["pull_request"]["base"]["ref"])
    if event == "push":
        kind = "tags" if ref.startswith("refs/tags/") else "branches"
        other = "branches" if kind == "tags" else "tags"
        mine, others = _filtered(told, kind), _filtered(told, other)
        if others and not mine:
            raise NotStarted(f"{ref}: only {other} start it")
        _passes(told, kind, ref.split("/", 2)[2])


def inputs_of(on: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the inputs of a run that someone started by hand.

    Raises:
        ValueError: one is unknown, missing, or none of its choices.
    """
    known: Mapping[str, Any] = (on["workflow_dispatch"] or {}).get("inputs") or {}
    if unknown := set(given) - set(known):
        raise ValueError(f"Unexpected inputs provided: {sorted(unknown)}")
    found: dict[str, Any] = {}
    empty = {"boolean": False, "number": 0}
    for name, about in known.items():
        if about.get("required") and name not in given and "default" not in about:
            raise ValueError(f"Required input '{name}' not provided")
        value = given.get(name, about.get("default", empty.get(about["type"], "")))
        if about["type"] == "choice" and value not in ("", *about["options"]):
            raise ValueError(f"Provided value '{value}' for input '{name}' not in its options")
        if about["type"] == "boolean" and not isinstance(value, bool):
            raise ValueError(f"Input '{name}' is true or false")
        found[name] = value
    return found


def _filtered(told: Mapping[str, Any], kind: str) -> bool:
    return kind in told or f"{kind}-ignore" in told


def _passes(told: Mapping[str, Any], kind: str, name: str) -> None:
    chosen = kind not in told
    for pattern in told.get(kind, []):
        if pattern.startswith("!"):
            chosen = chosen and not _matches(pattern[1:], name)
        else:
            chosen = chosen or _matches(pattern, name)
    if any(_matches(pattern, name) for pattern in told.get(f"{kind}-ignore", [])):
        chosen = False
    if not chosen:
        raise NotStarted(f"{name} passes none of its {kind}")


def _matches(pattern: str, name: str) -> bool:
    """Match as GitHub's filters do: `*` but no slash, `**`, `?` and `+` after a character, `[]`."""
    parts = re.findall(r"\*\*|\*|\?|\+|\[[^\]]+\]|\\.|.", pattern)
    told = {"**": ".*", "*": "[^/]*", "?": "?", "+": "+"}
    plain = [
        told.get(part) or (part if part[0] == "[" else re.escape(part.removeprefix("\\")))
        for part in parts
    ]
    return re.fullmatch("".join(plain), name) is not None


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        inside = merged.get(key)
        both = isinstance(inside, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(inside, value) if both else value  # type: ignore[arg-type]
    return merged
