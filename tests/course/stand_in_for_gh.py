"""Stands in for GitHub's `gh`: repositories are folders below HUB; each call is written down."""

import json
import os
import subprocess
import sys
from pathlib import Path

HUB = Path(os.environ["HUB"])
# What GitHub's activity says of a repository, as its hook notes it.
HOOK = "#!/bin/sh\ncat >> activity\n"


def main(words: list[str]) -> int:
    """Answer one call; what it has no answer to fails with its name."""
    with (HUB / "calls").open("a") as file:
        file.write(f"{' '.join(words)}\n")
    if words[:2] == ["auth", "status"]:
        return int((HUB / "logged-out").exists())
    if words[:2] == ["auth", "git-credential"]:
        return 0
    if words[:2] == ["repo", "view"]:
        return int(not _repo(words[2]).is_dir())
    if words[:2] == ["repo", "create"] and "--private" in words:
        return _create(_repo(words[2]))
    if words[0] == "api":
        return _api(words[1:])
    print(f"the stand-in for gh has no `gh {' '.join(words)}`", file=sys.stderr)
    return 1


def _repo(name: str) -> Path:
    return HUB / f"{name}.git"


def _create(repo: Path) -> int:
    if repo.exists():
        print("GraphQL: Name already exists on this account", file=sys.stderr)
        return 1
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", repo], check=True)
    hook = repo / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK)
    hook.chmod(0o755)
    return 0


def _api(words: list[str]) -> int:
    path = next(word for word in words if word.startswith("repos/"))
    name, _, what = path.removeprefix("repos/").partition("?")[0].rpartition("/")
    owner, repo, *_ = name.split("/")
    folder = _repo(f"{owner}/{repo}")
    is_sent = "--method" in words
    if what == "rulesets" and is_sent:
        if (HUB / "free-plan").exists():
            print("gh: Upgrade to GitHub Pro (HTTP 403)", file=sys.stderr)
            return 1
        (folder / "rulesets").write_text(f"[{sys.stdin.read()}]")
    elif what == "rulesets":
        known = folder / "rulesets"
        print(known.read_text() if known.exists() else "[]")
    elif "collaborators" in path and is_sent:
        with (folder / "collaborators").open("a") as file:
            file.write(f"{what} {words[-1]}\n")
    elif what == "activity":
        lines = (folder / "activity").read_text().splitlines()
        events = [
            dict(zip(("before", "after", "ref"), line.split(), strict=True)) for line in lines
        ]
        stamped = [
            {**event, "id": number, "timestamp": f"2026-03-01T1{number}:00:00Z"}
            for number, event in enumerate(events)
        ]
        print(json.dumps([stamped[::-1]]))  # the newest first, a list for each page
    else:
        print(f"gh: Not Found ({path})", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
