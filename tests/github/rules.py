"""What every workflow here is held to, beyond what linters know. A rule gives what is wrong."""

import os
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.github.evaluator import Expression, Parsed, shared

PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
GITHUB = set(
    "action action_path action_ref action_repository action_status actor actor_id api_url"
    " base_ref env event event_name event_path graphql_url head_ref job output path ref"
    " ref_name ref_protected ref_type repository repository_id repository_owner"
    " repository_owner_id repositoryUrl retention_days run_attempt run_id run_number"
    " secret_source server_url sha step_summary token triggering_actor workflow workflow_ref"
    " workflow_sha workspace".split()
)


@dataclass(frozen=True)
class Workflow:
    """A workflow in its repository."""

    repo: Path
    name: str
    text: str
    parsed: Parsed

    @classmethod
    def all(cls, repo: Path) -> "list[Workflow]":
        """Read those of a repository."""
        files = sorted((repo / ".github" / "workflows").glob("*.y*ml"))
        texts = {path.name: path.read_text(encoding="utf-8") for path in files}
        return [cls(repo, name, text, shared().parse(text, name)) for name, text in texts.items()]

    @property
    def jobs(self) -> dict[str, dict[str, Any]]:
        """Its jobs; none where GitHub does not read it."""
        found: dict[str, dict[str, Any]] = self.parsed.workflow.get("jobs", {})
        return found

    @property
    def steps(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every step, and where it is."""
        for id, job in self.jobs.items():
            for index, step in enumerate(job.get("steps", [])):
                yield f"{id}, step {index + 1}", step

    @property
    def uses(self) -> list[str]:
        """Each `uses:` as it is written, with what follows."""
        return [one.strip() for one in re.findall(r"^[\s-]*uses:(.*)$", self.text, re.M)]


Rule = Callable[[Workflow], list[str]]


def is_read_by_github(workflow: Workflow) -> list[str]:
    return list(workflow.parsed.errors)


def reads_known_names(workflow: Workflow) -> list[str]:
    return [
        f"line {one.line}: {'.'.join(names)}: {why}"
        for one in workflow.parsed.expressions
        for names in one.reads
        if (why := _unknown(workflow, one, names))
    ]


def _unknown(workflow: Workflow, one: Expression, names: tuple[str, ...]) -> str:
    """Say why GitHub would give nothing for a name; nothing where it may be known."""
    context, name, *rest = [*names, "*", "*"]
    if name == "*":
        return ""
    where = one.at.split("/")
    job = workflow.jobs[where[1]] if where[0] == "jobs" else {}
    known = {
        "github": GITHUB,
        "inputs": _inputs(workflow),
        "needs": set(_list(job.get("needs"))),
        "steps": _ids(job, int(where[3]) if where[2:3] == ["steps"] else None),
        "matrix": _axes(job),
    }
    if context not in known:
        return ""
    if name not in known[context]:
        return f"there are only {sorted(known[context])}"
    if context == "needs" and rest[0] == "outputs" and rest[1] != "*":
        outputs = workflow.jobs[name].get("outputs", {})
        return "" if rest[1] in outputs else f"there are only {sorted(outputs)}"
    return ""


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def _inputs(workflow: Workflow) -> set[str]:
    on = workflow.parsed.workflow["on"]
    events = [on.get(event) or {} for event in ("workflow_dispatch", "workflow_call")]
    return {name for event in events for name in event.get("inputs") or {}}


def _ids(job: Mapping[str, Any], before: int | None) -> set[str]:
    """Give the ids of the steps before one; of all, for what is evaluated at the end."""
    return {step["id"] for step in job.get("steps", [])[:before] if "id" in step}


def _axes(job: Mapping[str, Any]) -> set[str]:
    matrix = (job.get("strategy") or {}).get("matrix") or {}
    if "$" in matrix:
        return {"*"}
    included = [one for one in matrix.get("include", []) if isinstance(one, dict)]
    return {*matrix, *(name for one in included for name in one)} - {"include", "exclude"}


def runs_one_plain_command(workflow: Workflow) -> list[str]:
    return [
        f"{where}: {step['run']}: {why}"
        for where, step in workflow.steps
        if "run" in step and (why := _not_plain(step["run"], workflow.repo))
    ]


def _not_plain(run: Any, repo: Path) -> str:
    if not isinstance(run, str):
        return "an expression in a shell: give it through env"
    if "\n" in run.strip():
        return "more than one line"
    if "`" in run or "$(" in run:
        return "a command in a command"
    lexer = shlex.shlex(run, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    if found := [one for one in words if set(one) <= set("();<>|&") and one not in (">", ">>")]:
        return f"{found[0]} makes it a script"
    plain = words[: next((i for i, one in enumerate(words) if one[0] == ">"), None)]
    if plain[0] == "make":
        targets = _targets(repo / "Makefile")
        asked = [one for one in plain[1:] if "=" not in one and not one.startswith("-")]
        if unknown := [one for one in asked if one not in targets]:
            return f"no target {unknown[0]} in Makefile"
    elif "/" in plain[0] and not os.access(repo / plain[0], os.X_OK):
        return f"no {plain[0]} that can be run"
    return ""


def _targets(makefile: Path) -> set[str]:
    text = makefile.read_text(encoding="utf-8") if makefile.exists() else ""
    return set(re.findall(r"^([a-z][\w-]*):(?!=)", text, re.M))


def pins_its_actions(workflow: Workflow) -> list[str]:
    return [
        f"{one}: not owner/name@<40 hex> # vX.Y.Z"
        for one in workflow.uses
        if not one.startswith("./") and not PINNED.fullmatch(one)
    ]


def may_little(workflow: Workflow) -> list[str]:
    found = []
    if workflow.parsed.workflow.get("permissions") not in ({}, {"contents": "read"}):
        found.append("top: permissions are neither {} nor contents: read")
    found += [
        f"{id}: names no permissions" for id, job in _own(workflow) if "permissions" not in job
    ]
    return found


def ends_in_time(workflow: Workflow) -> list[str]:
    return [
        f"{id}: no timeout-minutes" for id, job in _own(workflow) if "timeout-minutes" not in job
    ]


def _own(workflow: Workflow) -> list[tuple[str, dict[str, Any]]]:
    return [(id, job) for id, job in workflow.jobs.items() if "steps" in job]


def takes_turns(workflow: Workflow) -> list[str]:
    return [] if "concurrency" in workflow.parsed.workflow else ["no concurrency"]


def is_started_by_nothing_dangerous(workflow: Workflow) -> list[str]:
    dangerous = {"pull_request_target", "workflow_run"}
    return sorted(dangerous & set(workflow.parsed.workflow.get("on", {})))


def keeps_no_credentials(workflow: Workflow) -> list[str]:
    return [
        f"{where}: checkout keeps credentials"
        for where, step in workflow.steps
        if str(step.get("uses", "")).startswith("actions/checkout@")
        and (step.get("with") or {}).get("persist-credentials") not in (False, "false")
    ]


def explains_what_zizmor_may_ignore(workflow: Workflow) -> list[str]:
    lines = ["", *workflow.text.splitlines()]
    return [
        f"line {number}: {line.strip()}"
        for number, line in enumerate(lines)
        if (found := re.search(r"# zizmor: ignore\[[^\]]+\](.*)", line))
        and not found[1].strip()
        and not lines[number - 1].lstrip().startswith("# ")
    ]


RULES: list[Rule] = [
    is_read_by_github,
    reads_known_names,
    runs_one_plain_command,
    pins_its_actions,
    may_little,
    ends_in_time,
    takes_turns,
    is_started_by_nothing_dangerous,
    keeps_no_credentials,
    explains_what_zizmor_may_ignore,
]
