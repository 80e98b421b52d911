"""Stands in for GitHub's `gh`: answers what workflows ask, from a file, and writes down each call.

It is as strict as GitHub where a workflow can be wrong: no token, a token that may not, a branch
that nobody pushed, a label that is not there, a pull request that is open already.
"""

import argparse
import functools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from tests.github import jq
from tests.github.hub import Hub

LOGGED_OUT = (
    "gh: To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable."
    " Example:\n  env:\n    GH_TOKEN: ${{ github.token }}"
)

Answer = Callable[["Call"], str]


class Call:
    """One call of gh: its arguments, its token, and what GitHub knows."""

    def __init__(self, hub: Hub, given: argparse.Namespace) -> None:
        self.hub = hub
        self.given = given
        self.token = os.environ.get("GH_TOKEN") or os.environ.get("GITHUB_TOKEN") or ""

    def fail(self, why: str, code: int = 1) -> NoReturn:
        """End as gh does."""
        print(why, file=sys.stderr)
        raise SystemExit(code)

    def need(self, *needed: str) -> None:
        """End unless the token may."""
        if not self.token:
            self.fail(LOGGED_OUT, 4)
        if why := self.hub.refusal(self.token, *needed):
            self.fail(why)

    def body(self) -> str:
        """Give the text of --body or --body-file."""
        if getattr(self.given, "body_file", None):
            return _text(self.given.body_file)
        return self.given.body or ""

    def labels(self, known: dict[str, Any]) -> list[str]:
        """Give the labels asked for; each must be there."""
        for label in self.given.label:
            if label not in known["labels"]:
                self.fail(f"could not add label: '{label}' not found")
        return list(self.given.label)

    def shown(self, value: Any) -> str:
        """Write what was asked for with --json and --jq."""
        if not self.given.json:
            return json.dumps(value)
        names = self.given.json.split(",")
        rows = value if isinstance(value, list) else [value]
        for name in names:
            if any(name not in row for row in rows):
                self.fail(f'Unknown JSON field: "{name}"')
        picked = [{name: row[name] for name in names} for row in rows]
        wanted = picked if isinstance(value, list) else picked[0]
        return jq.shown(jq.results(self.given.jq, wanted)) if self.given.jq else json.dumps(wanted)

    def git(self, *arguments: str) -> str | None:
        """Ask the repository on GitHub; None where Git says no."""
        repo = self.hub.read()["repo"]
        found = subprocess.run(
            ["git", "-C", repo, *arguments], capture_output=True, text=True, check=False
        )
        return found.stdout.strip() if found.returncode == 0 else None

    def url(self, kind: str, number: object) -> str:
        """Give an address on GitHub."""
        return f"https://github.com/{self.hub.read()['name']}/{kind}/{number}\n"


@functools.cache  # standard input can be read once
def _text(path: str) -> str:
    return sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")


# --- auth ---


def auth_setup_git(call: Call) -> str:
    call.need()
    name = "credential.https://github.com.helper"
    for value in ("", "!gh auth git-credential"):
        subprocess.run(["git", "config", "--global", "--add", name, value], check=True)
    return ""


def auth_git_credential(call: Call) -> str:
    asked = sys.stdin.read()
    if call.given.verb != "get" or "host=github.com" not in asked or not call.token:
        raise SystemExit(1)
    return f"protocol=https\nhost=github.com\nusername=x-access-token\npassword={call.token}\n"


def auth_status(call: Call) -> str:
    call.need()
    return "github.com\n  ✓ Logged in\n"


# --- pull requests ---


def pr_create(call: Call) -> str:
    call.need("pull-requests: write", "contents: read")
    given = call.given
    if not given.title or not (given.body or given.body_file):
        call.fail(
            "must provide `--title` and `--body` (or `--fill`) when not running interactively"
        )
    head, base = given.head or _current_branch(), given.base or "main"
    ahead = call.git("rev-list", "--count", f"refs/heads/{base}..refs/heads/{head}")
    if ahead is None:
        call.fail(f"pull request create failed: Head sha can't be blank: {head} was never pushed")
    if ahead == "0":
        call.fail(f"pull request create failed: No commits between {base} and {head}")
    with call.hub.change() as known:
        if any(pr["headRefName"] == head and pr["state"] == "OPEN" for pr in known["prs"]):
            call.fail(f'a pull request for branch "{head}" into branch "{base}" already exists')
        number = len(known["issues"]) + len(known["prs"]) + 1
        known["prs"].append(
            {
                "number": number,
                "title": given.title,
                "body": call.body(),
                "headRefName": head,
                "baseRefName": base,
                "state": "OPEN",
                "labels": call.labels(known),
                "comments": [],
                "url": call.url("pull", number).strip(),
            }
        )
    return call.url("pull", number)


def pr_list(call: Call) -> str:
    call.need("pull-requests: read")
    return call.shown(_chosen(call, call.hub.read()["prs"]))


def pr_view(call: Call) -> str:
    call.need("pull-requests: read")
    return call.shown(_found(call, call.hub.read(), "prs"))


def pr_edit(call: Call) -> str:
    call.need("pull-requests: write")
    with call.hub.change() as known:
        pull = _found(call, known, "prs")
        pull["title"] = call.given.title or pull["title"]
        pull["body"] = call.body() or pull["body"]
    return call.url("pull", pull["number"])


def pr_comment(call: Call) -> str:
    call.need("pull-requests: write")
    with call.hub.change() as known:
        pull = _found(call, known, "prs")
        if call.given.edit_last and not pull["comments"] and not call.given.create_if_none:
            call.fail("no comments found for current user")
        if call.given.edit_last and pull["comments"]:
            pull["comments"][-1] = call.body()
        else:
            pull["comments"].append(call.body())
    return call.url("pull", pull["number"])


def _current_branch() -> str:
    command = ["git", "branch", "--show-current"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


# --- issues, labels ---


def issue_create(call: Call) -> str:
    call.need("issues: write")
    if not call.given.title or not (call.given.body or call.given.body_file):
        call.fail("must provide `--title` and `--body` when not running interactively")
    with call.hub.change() as known:
        number = len(known["issues"]) + len(known["prs"]) + 1
        known["issues"].append(
            {
                "number": number,
                "title": call.given.title,
                "body": call.body(),
                "state": "OPEN",
                "labels": call.labels(known),
                "comments": [],
                "url": call.url("issues", number).strip(),
            }
        )
    return call.url("issues", number)


def issue_list(call: Call) -> str:
    call.need("issues: read")
    return call.shown(_chosen(call, call.hub.read()["issues"]))


def issue_comment(call: Call) -> str:
    call.need("issues: write")
    with call.hub.change() as known:
        _found(call, known, "issues")["comments"].append(call.body())
    return call.url("issues", call.given.which)


def issue_close(call: Call) -> str:
    call.need("issues: write")
    with call.hub.change() as known:
        issue = _found(call, known, "issues")
        issue["state"] = "CLOSED"
        if call.given.comment:
            issue["comments"].append(call.given.comment)
    return ""


def label_create(call: Call) -> str:
    call.need("issues: write")
    with call.hub.change() as known:
        if call.given.which in known["labels"] and not call.given.force:
            call.fail(f'label with name "{call.given.which}" already exists; use `--force`')
        known["labels"] = sorted({*known["labels"], call.given.which})
    return ""


def _chosen(call: Call, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the rows that the filters leave, the newest first, as gh does."""
    state = call.given.state.upper()
    return [
        row
        for row in reversed(rows)
        if state in ("ALL", row["state"])
        and set(call.given.label) <= set(row["labels"])
        and (not call.given.head or row.get("headRefName") == call.given.head)
    ]


def _found(call: Call, known: dict[str, Any], kind: str) -> dict[str, Any]:
    which = call.given.which or (_current_branch() if kind == "prs" else "")
    for row in known[kind]:
        if which in (str(row["number"]), row.get("headRefName"), row["url"]):
            found: dict[str, Any] = row
            return found
    call.fail(f"GraphQL: Could not resolve to an issue or pull request with the number of {which}.")


# --- releases, workflows, API, attestations ---


def release_create(call: Call) -> str:
    call.need("contents: write")
    given = call.given
    if given.verify_tag and call.git("rev-parse", f"refs/tags/{given.which}") is None:
        call.fail(f"tag {given.which} doesn't exist in the repo, aborting due to --verify-tag flag")
    missing = [name for name in given.files if not Path(name).exists()]
    if missing:
        call.fail(f"no matches found for `{missing[0]}`")
    notes = _text(given.notes_file) if given.notes_file else given.notes
    with call.hub.change() as known:
        if any(one["tagName"] == given.which for one in known["releases"]):
            call.fail(f"a release with the same tag name already exists: {given.which}")
        known["releases"].append(
            {
                "tagName": given.which,
                "name": given.title or given.which,
                "body": notes or "",
                "assets": given.files,
                "url": call.url("releases/tag", given.which).strip(),
            }
        )
    return call.url("releases/tag", given.which)


def release_view(call: Call) -> str:
    call.need("contents: read")
    for one in call.hub.read()["releases"]:
        if one["tagName"] == call.given.which:
            return call.shown(one)
    call.fail("release not found")


def workflow_run(call: Call) -> str:
    call.need("actions: write")
    given = call.given
    ref = given.ref or "main"
    if call.git("cat-file", "-e", f"{ref}:.github/workflows/{given.which}") is None:
        call.fail(f"could not find any workflows named {given.which} at {ref}")
    inputs = dict(pair.split("=", 1) for pair in given.field)
    with call.hub.change() as known:
        known["dispatched"].append({"workflow": given.which, "ref": ref, "inputs": inputs})
    return ""


def api(call: Call) -> str:
    call.need()
    known = call.hub.read()
    given = call.given
    method = given.method or ("POST" if given.field or given.input else "GET")
    path = given.which.replace("{owner}/{repo}", known["name"]).lstrip("/")
    if f"{method} {path}" not in known["api"]:
        call.fail(f"gh: Not Found (HTTP 404): the stand-in knows no {method} {path}")
    answer = known["api"][f"{method} {path}"]
    if given.silent:
        return ""
    return jq.shown(jq.results(given.jq, answer)) if given.jq else json.dumps(answer)


def attestation_verify(call: Call) -> str:
    call.need()
    known = call.hub.read()
    name = call.given.which.removeprefix("oci://")
    digests = {image["tag"]: image["digest"] for image in known["images"]}
    digest = digests.get(name, name.rpartition("@")[2])
    if not (call.given.repo or call.given.owner):
        call.fail("at least one of the flags in the group [owner repo] is required")
    if not any(one["digest"] == digest for one in known["attested"]):
        call.fail("✗ Verification failed: no attestations found")
    return "✓ Verification succeeded!\n"


# --- which flags each command has: another ends the call, as gh does ---

Flags = list[tuple[tuple[str, ...], dict[str, Any]]]


def _flags(*names: str) -> Flags:
    return [(tuple(name.split()), {"default": ""}) for name in names]


BODY = _flags("--body -b", "--body-file -F")
TITLED = [*BODY, *_flags("--title -t")]
REPO = _flags("--repo -R")
LABELS: Flags = [(("--label", "-l"), {"action": "append", "default": []})]
SHOWN = _flags("--json", "--jq -q")
FIELDS: Flags = [(("--field", "-f", "-F", "--raw-field"), {"action": "append", "default": []})]
WHICH: Flags = [(("which",), {"nargs": "?", "default": ""})]
LISTED = [*SHOWN, *LABELS, *REPO, *_flags("--head -H", "--limit -L", "--search -S")]
STATE: Flags = [(("--state", "-s"), {"default": "open", "choices": ["open", "closed", "all"]})]


def _switches(*names: str) -> Flags:
    return [((name,), {"action": "store_true"}) for name in names]


COMMANDS: dict[str, tuple[Answer, Flags]] = {
    "auth setup-git": (auth_setup_git, _flags("--hostname")),
    "auth git-credential": (auth_git_credential, [(("verb",), {})]),
    "auth status": (auth_status, []),
    "pr create": (
        pr_create,
        [*TITLED, *LABELS, *REPO, *_flags("--head -H", "--base -B"), *_switches("--draft")],
    ),
    "pr list": (pr_list, [*LISTED, *STATE, *_flags("--base -B")]),
    "pr view": (pr_view, [*WHICH, *SHOWN, *REPO]),
    "pr edit": (pr_edit, [*WHICH, *TITLED, *REPO]),
    "pr comment": (
        pr_comment,
        [*WHICH, *BODY, *REPO, *_switches("--edit-last", "--create-if-none")],
    ),
    "issue create": (issue_create, [*TITLED, *LABELS, *REPO]),
    "issue list": (issue_list, [*LISTED, *STATE]),
    "issue comment": (issue_comment, [*WHICH, *BODY, *REPO]),
    "issue close": (issue_close, [*WHICH, *REPO, *_flags("--comment -c", "--reason -r")]),
    "label create": (
        label_create,
        [*WHICH, *REPO, *_flags("--color -c", "--description -d"), *_switches("--force")],
    ),
    "release create": (
        release_create,
        [
            *WHICH,
            *REPO,
            (("files",), {"nargs": "*"}),
            *_flags("--title -t", "--notes -n", "--notes-file -F", "--target"),
            *_switches("--verify-tag", "--draft", "--prerelease", "--latest"),
        ],
    ),
    "release view": (release_view, [*WHICH, *SHOWN, *REPO]),
    "workflow run": (workflow_run, [*WHICH, *FIELDS, *REPO, *_flags("--ref -r")]),
    "api": (
        api,
        [
            *WHICH,
            *FIELDS,
            *_flags("--method -X", "--jq -q", "--input", "--header -H"),
            *_switches("--silent", "--paginate"),
        ],
    ),
    "attestation verify": (
        attestation_verify,
        [*WHICH, *_flags("--repo -R", "--owner -o"), *_switches("--bundle-from-oci")],
    ),
}


def pre_receive(hub: Hub) -> int:
    """Tell by exit code whether a push may land: Git's hook, in the repository on GitHub.

    No token that GitHub gives a job may change workflows.
    """
    token = os.environ["PUSH_TOKEN"]
    if why := hub.refusal(token, "contents: write"):
        print(f"Write access to repository not granted. {why}", file=sys.stderr)
        return 1
    for _, new, ref in (line.split() for line in sys.stdin.read().splitlines()):
        if not ref.startswith("refs/heads/") or not new.strip("0"):
            continue
        command = ["git", "diff", "--name-only", f"HEAD...{new}", "--", ".github/workflows"]
        changed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        if changed and hub.read()["tokens"][token] is not None:
            print(
                "refusing to allow a GitHub App to create or update workflow"
                f" `{changed.split()[0]}` without `workflows` permission",
                file=sys.stderr,
            )
            return 1
    return 0


def main(arguments: list[str]) -> int:
    """Answer one call; the first argument is the file of what GitHub knows."""
    hub, rest = Hub(Path(arguments[0])), arguments[1:]
    if rest == ["pre-receive"]:
        return pre_receive(hub)
    words = 1 if rest[:1] == ["api"] else 2
    name = " ".join(rest[:words])
    if name not in COMMANDS:
        print(f"the stand-in for gh has no `gh {name}`", file=sys.stderr)
        return 1
    answer, flags = COMMANDS[name]
    parser = argparse.ArgumentParser(prog=f"gh {name}", allow_abbrev=False)
    for names, options in flags:
        parser.add_argument(*names, **options)
    call = Call(hub, parser.parse_args(rest[words:]))
    if name != "auth git-credential":
        with hub.change() as known:
            known["calls"].append(_recorded(rest, call))
    print(answer(call), end="")
    return 0


def _recorded(arguments: list[str], call: Call) -> dict[str, Any]:
    file = getattr(call.given, "body_file", "") or getattr(call.given, "notes_file", "")
    if file not in ("", "-") and not Path(file).exists():
        call.fail(f"open {file}: no such file or directory")
    body = _text(file) if file else None
    return {"argv": arguments, "body": body, "token": bool(call.token)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
