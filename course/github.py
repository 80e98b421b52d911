"""GitHub as the place of a cohort's repositories, through its own command `gh`."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from course.git import run
from course.mistakes import Mistake
from course.roster import Student

HOST = "https://github.com"
HELPER = f"credential.{HOST}.helper"
LOGIN = ("-c", f"{HELPER}=", "-c", f"{HELPER}=!gh auth git-credential")
ORGANISATION = re.compile(r"[A-Za-z0-9](-?[A-Za-z0-9])*")
MAIN = "refs/heads/main"
NONE = "0" * 40
SECONDS = 120
RULES = {  # history that was received stays
    "name": "main",
    "target": "branch",
    "enforcement": "active",
    "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
    "rules": [{"type": "deletion"}, {"type": "non_fast_forward"}],
}


def organisation(to: str) -> str:
    """Give the organisation in `gh:ORG`, to which `gh` is logged in.

    Raises:
        Mistake: it is no name, or gh is not here or knows no account.
    """
    name = to.removeprefix("gh:")
    if not ORGANISATION.fullmatch(name):
        raise Mistake(f"--to {to}: write gh: and the name of an organisation, such as gh:acme")
    if not shutil.which("gh"):
        raise Mistake("gh is not installed (https://cli.github.com); or name a folder with --to")
    if _run("auth", "status").returncode:
        raise Mistake("gh knows no account; run `gh auth login`, or name a folder with --to")
    return name


def create(org: str, team: str, students: Sequence[Student], repo: Path) -> Iterator[str]:
    """See that a team has its repository on GitHub, with the starter in it, and gets in.

    What is there already stays, so a second call goes on where one was ended.

    Args:
        org: the organisation.
        team: whose name the repository gets.
        students: of the team.
        repo: that holds what the team begins with.

    Yields:
        What a teacher may want to know.

    Raises:
        Mistake: GitHub refuses.
    """
    name = f"{org}/{team}"
    if _run("repo", "view", name, "--json", "name").returncode:
        _gh("repo", "create", name, "--private")
    if not _git(repo, "ls-remote", f"{HOST}/{name}.git", MAIN).strip():
        _git(repo, "push", "--quiet", f"{HOST}/{name}.git", f"{MAIN}:{MAIN}")
    known = json.loads(_gh("api", f"repos/{name}/rulesets") or "[]")
    if all(rule.get("name") != RULES["name"] for rule in known):
        made = _run("api", "--method", "POST", f"repos/{name}/rulesets", "--input", "-", told=RULES)
        if made.returncode:  # a plan may not have it for private repositories
            yield f"{name}: GitHub keeps no rule here: pushes that rewrite history are recorded"
    for student in students:
        if student.username:
            path = f"repos/{name}/collaborators/{student.username}"
            _gh("api", "--method", "PUT", path, "--field", "permission=push")
        else:
            yield f"{name}: {student.name} has no username in the roster, so no access"


def bring(org: str, team: str, repo: Path) -> None:
    """Bring a team's main, and when GitHub received what, to a repository here.

    Raises:
        Mistake: GitHub refuses, or has no such repository.
    """
    name = f"{org}/{team}"
    _git(repo, "fetch", "--quiet", f"{HOST}/{name}.git", f"+{MAIN}:{MAIN}")
    pages = _gh("api", "--paginate", "--slurp", f"repos/{name}/activity?ref={MAIN}&per_page=100")
    events = [event for page in json.loads(pages) for event in page if event["ref"] == MAIN]
    lines = []
    for event in sorted(events, key=lambda event: int(event["id"])):
        if event["before"] == NONE:  # the hand-out
            continue
        if event["after"] != NONE and run(repo, "cat-file", "-e", event["after"]).returncode:
            run(repo, *LOGIN, "fetch", "--quiet", f"{HOST}/{name}.git", event["after"])
        lines.append(f"{event['timestamp']} {event['before']} {event['after']} {MAIN}\n")
    (repo / "received.log").write_text("".join(lines), encoding="utf-8", newline="\n")


def push(org: str, team: str, starter: Path, branch: str) -> None:
    """Push a starter's main to a team, as a branch.

    Raises:
        Mistake: GitHub refuses.
    """
    _git(starter, "push", "--quiet", f"{HOST}/{org}/{team}.git", f"main:refs/heads/{branch}")


def _git(repo: Path, verb: str, *words: str) -> str:
    done = run(repo, *LOGIN, verb, *words)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or [f"exit {done.returncode}"]
        raise Mistake(f"git {verb} {next(w for w in words if w.startswith(HOST))}: {said[-1]}")
    return done.stdout


def _gh(*words: str) -> str:
    done = _run(*words)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or [f"exit {done.returncode}"]
        raise Mistake(f"gh {' '.join(words[:3])}: {said[-1]}")
    return done.stdout


def _run(*words: str, told: object = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["gh", *words],
        input="" if told is None else json.dumps(told),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
