"""Runs a workflow of a repository as GitHub would: which jobs, in which order, with what they know.

Steps run here, in workspaces of their own; actions and `gh` have stand-ins. What it does not do, it
says: containers, services, reusable workflows, other systems than Linux.
"""

import hashlib
import itertools
import json
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.github import events
from tests.github.commands import Annotation
from tests.github.evaluator import Parsed, shared
from tests.github.hub import Hub
from tests.github.machine import Leg, Machine, StandIn, Step, system_path
from tests.github.standins import STANDINS
from tests.rendered import TEMPLATE

Matrix = dict[str, Any]
Pick = Callable[[Matrix], bool]

# What a job may do whose workflow says nothing, in a repository made today.
USUAL = {"contents": "read", "packages": "read", "metadata": "read"}
SCOPES = (
    "actions attestations checks contents deployments discussions id-token issues packages pages"
    " pull-requests security-events statuses"
).split()


@dataclass
class Job:
    """What became of a job: one leg, or one for each part of its matrix."""

    id: str
    legs: list[Leg] = field(default_factory=list)

    @property
    def conclusion(self) -> str:
        """The worst of its legs'; skipped without any."""
        return _worst(leg.conclusion for leg in self.legs)

    @property
    def result(self) -> str:
        """The same for the jobs that need it: what may fail has not failed."""
        return _worst("success" if leg.may_fail else leg.conclusion for leg in self.legs)

    @property
    def steps(self) -> list[Step]:
        """The steps of all its legs."""
        return [step for leg in self.legs for step in leg.steps]

    @property
    def outputs(self) -> dict[str, str]:
        """Its outputs; of several legs, the last that gave one."""
        return {name: value for leg in self.legs for name, value in leg.outputs.items()}

    @property
    def log(self) -> str:
        """The logs of its steps."""
        return "".join(leg.log for leg in self.legs)

    def step(self, which: str) -> Step:
        """Find a step by its id, its name, or the action that it uses."""
        return next(one for one in self.steps if which in (one.id, one.name, one.uses))


@dataclass
class Run:
    """What became of a run."""

    workflow: str
    jobs: dict[str, Job] = field(default_factory=dict)

    @property
    def conclusion(self) -> str:
        """The worst of its jobs'."""
        return _worst(job.result for job in self.jobs.values() if job.result != "skipped")

    @property
    def legs(self) -> list[Leg]:
        """All legs of all jobs."""
        return [leg for job in self.jobs.values() for leg in job.legs]

    @property
    def summary(self) -> str:
        """What jobs wrote for the run's page."""
        return "".join(leg.summary for leg in self.legs)

    @property
    def log(self) -> str:
        """The logs of all jobs."""
        return "".join(f"# {leg.name}\n{leg.log}" for leg in self.legs)

    @property
    def annotations(self) -> list[Annotation]:
        """Errors, warnings and notices."""
        return [one for leg in self.legs for one in leg.annotations]


class Runner:
    """Runs the workflows of one repository, which may be bare: then pushes land there.

    `environments` gives the variables and secrets of each, as `{"staging": ({…}, {…})}`.
    `reuse` names folders (.venv) that stay in the workspace from job to job: all jobs share it.
    """

    def __init__(
        self,
        repo: Path,
        standins: Mapping[str, StandIn] = STANDINS,
        vars: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        bin: Sequence[Path] = (),
        *,
        environments: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]] | None = None,
        name: str = "someone/repo",
        folder: Path | None = None,
        reuse: Sequence[str] = (),
    ) -> None:
        self.repo = repo.resolve()
        self.standins = standins
        self.vars = dict(vars or {})
        self.secrets = dict(secrets or {})
        self.environments = environments or {}
        self.name = name
        self.folder = (folder or Path(tempfile.mkdtemp(prefix="runner-"))).resolve()
        self.reuse = reuse
        self.evaluator = shared()
        self.runs = 0
        self.folder.mkdir(parents=True, exist_ok=True)
        self.hub = Hub.made(self.folder / "hub.json", self.repo, name)
        self.shims = self._shims()
        self.path = [*map(str, bin), str(self.shims), *system_path()]

    def run(
        self,
        workflow: str,
        event: str = "push",
        payload: Mapping[str, Any] | None = None,
        ref: str = "refs/heads/main",
        inputs: Mapping[str, Any] | None = None,
        only: Sequence[str] | None = None,
        matrix: Pick | None = None,
        given: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Run:
        """Run a workflow; with `only`, the others of its jobs count as done, with `given` outputs.

        Raises:
            ValueError: the workflow is none that GitHub would read.
            NotStarted: the event does not start it.
        """
        self.runs += 1
        full = events.payload_of(payload or {}, self.name, ref)
        if event == "pull_request":
            full = events.pull_request(self.repo, full, ref.removeprefix("refs/heads/"))
        parsed = self._parsed(workflow, full, ref)
        events.started(parsed.workflow["on"], event, ref, full)
        known: dict[str, Any] = {}
        if event == "workflow_dispatch":
            known = events.inputs_of(parsed.workflow["on"], inputs or {})
            full["inputs"] = {key: str(value) for key, value in known.items()}
        github = self._github(parsed, event, full, ref)
        told = parsed.workflow["jobs"]
        run = Run(workflow)
        while waiting := [job for job in told if job not in run.jobs]:
            ready = next(one for one in waiting if _needs(told[one]) <= set(run.jobs))
            if only is not None and ready not in only:
                run.jobs[ready] = self._done(ready, (given or {}).get(ready, {}))
            else:
                run.jobs[ready] = self._job(ready, parsed, run, github, known, matrix)
        return run

    def calls(self, command: str = "") -> list[dict[str, Any]]:
        """Give the calls of gh, or those of one command such as `pr create`."""
        words = command.split()
        found = self.hub.read()["calls"]
        return [call for call in found if call["argv"][: len(words)] == words]

    # --- what a run is told ---

    def _parsed(self, workflow: str, payload: Mapping[str, Any], ref: str) -> Parsed:
        at = f"refs/pull/{payload['number']}/merge" if "pull_request" in payload else ref
        text = events.git(self.repo, "show", f"{at}:.github/workflows/{workflow}")
        parsed = self.evaluator.parse(text, workflow)
        if parsed.errors:
            raise ValueError("\n".join(parsed.errors))
        return parsed

    def _github(
        self, parsed: Parsed, event: str, payload: dict[str, Any], ref: str
    ) -> dict[str, Any]:
        head = base = ""
        if event == "pull_request":
            head, base = (payload["pull_request"][side]["ref"] for side in ("head", "base"))
            ref = f"refs/pull/{payload['number']}/merge"
        server = "https://github.com"
        return {
            "actor": payload["sender"]["login"],
            "api_url": "https://api.github.com",
            "base_ref": base,
            "event": payload,
            "event_name": event,
            "graphql_url": "https://api.github.com/graphql",
            "head_ref": head,
            "ref": ref,
            "ref_name": ref.split("/", 2)[2],
            "ref_type": "tag" if ref.startswith("refs/tags/") else "branch",
            "repository": self.name,
            "repository_owner": self.name.partition("/")[0],
            "run_attempt": "1",
            "run_id": str(1000 + self.runs),
            "run_number": str(self.runs),
            "server_url": server,
            "sha": events.git(self.repo, "rev-parse", f"{ref}^{{commit}}"),
            "triggering_actor": payload["sender"]["login"],
            "workflow": parsed.workflow.get("name") or f".github/workflows/{parsed.name}",
        }

    # --- jobs ---

    def _done(self, id: str, outputs: Mapping[str, str]) -> Job:
        return Job(id, [Leg(id, {}, {}, self.folder, outputs=dict(outputs))])

    def _job(
        self,
        id: str,
        parsed: Parsed,
        run: Run,
        github: dict[str, Any],
        inputs: dict[str, Any],
        pick: Pick | None,
    ) -> Job:
        told = parsed.workflow["jobs"][id]
        for unknown in ("uses", "container", "services"):
            if unknown in told:
                raise NotImplementedError(f"{parsed.name}: {id}: {unknown} can't be run here")
        job = Job(id)
        needs = {
            name: {"result": run.jobs[name].result, "outputs": run.jobs[name].outputs}
            for name in sorted(_needs(told))
        }
        contexts = {
            "github": github,
            "inputs": inputs,
            "needs": needs,
            "vars": self.vars,
            "secrets": {},
            "matrix": {},
            "strategy": {},
        }
        status = _status(parsed.workflow["jobs"], id, run)
        if not self._resolved(told.get("if", {"$": "success()"}), contexts, "truth", status):
            return job
        strategy = self._resolved(told.get("strategy") or {}, contexts, "value")
        combinations = _combinations(strategy.get("matrix") or {})
        for index, matrix in enumerate(combinations):
            if pick and not pick(matrix):
                continue
            contexts["matrix"] = matrix
            contexts["strategy"] = {
                "fail-fast": strategy.get("fail-fast", True),
                "job-index": index,
                "job-total": len(combinations),
                "max-parallel": strategy.get("max-parallel", len(combinations)),
            }
            leg = self._leg(id, index, parsed, contexts)
            if job.result == "failure" and strategy.get("fail-fast", True):
                leg.conclusion = "cancelled"
            else:
                self._machine(leg, id, index, contexts).run(parsed.workflow, told)
            goes_on = self._resolved(told.get("continue-on-error", False), contexts, "value")
            leg.may_fail = goes_on is True
            job.legs.append(leg)
        if not job.legs:
            raise ValueError(f"{parsed.name}: {id}: no part of its matrix was picked")
        return job

    def _leg(self, id: str, index: int, parsed: Parsed, contexts: Mapping[str, Any]) -> Leg:
        told = parsed.workflow["jobs"][id]
        runs_on = self._resolved(told["runs-on"], contexts, "value")
        if not str(runs_on).startswith("ubuntu"):
            raise NotImplementedError(f"{parsed.name}: {id} runs on {runs_on}: pick what runs here")
        values = [str(value) for value in contexts["matrix"].values()]
        foreign = events.is_foreign(contexts["github"]["event_name"], contexts["github"]["event"])
        told_permissions = told.get("permissions", parsed.workflow.get("permissions"))
        environment = self._resolved(told.get("environment") or "", contexts, "text")
        if isinstance(environment, dict):
            environment = environment["name"]
        name = f"{id} ({', '.join(values)})" if values else id
        return Leg(
            name,
            dict(contexts["matrix"]),
            _permissions(told_permissions, foreign),
            self._workspace(f"{self.runs}-{id}-{index}"),
            environment,
        )

    def _workspace(self, job: str) -> Path:
        """Give a workspace: in a folder as GitHub lays it out, repository in repository."""
        short = self.name.partition("/")[2]
        around = self.folder / ("shared" if self.reuse else job) / "work" / short
        workspace = around / short
        workspace.mkdir(parents=True, exist_ok=True)
        for path in [*workspace.iterdir(), *around.iterdir()]:
            if path != workspace and not (path.parent == workspace and path.name in self.reuse):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        return workspace

    def _machine(self, leg: Leg, id: str, index: int, contexts: Mapping[str, Any]) -> Machine:
        github = dict(contexts["github"])
        job = self.folder / f"{self.runs}-{id}-{index}"
        job.mkdir(exist_ok=True)
        event = job / "event.json"
        event.write_text(json.dumps(github["event"]), encoding="utf-8")
        digest = hashlib.sha256(f"{self.folder} {self.runs} {leg.name}".encode()).hexdigest()
        token = f"ghs_{digest[:36]}"
        vars, secrets = self.environments.get(leg.environment, ({}, {}))
        foreign = events.is_foreign(github["event_name"], github["event"])
        known = {} if foreign else {**self.secrets, **secrets}
        with self.hub.change() as hub:
            hub["tokens"][token] = leg.permissions
            hub["tokens"].update(dict.fromkeys(known.values()))
        github |= {
            "event_path": str(event),
            "job": id,
            "token": token,
            "workspace": str(leg.workspace),
        }
        folders = {
            "artifacts": self.folder / f"{self.runs}-artifacts",
            "cache": self.folder / "cache",
            "job": job,
            "repo": self.repo,
            "shims": self.shims,
        }
        folders["artifacts"].mkdir(exist_ok=True)
        runner = {
            "arch": "X64",
            "environment": "github-hosted",
            "name": "runner",
            "os": "Linux",
            "temp": str(job / "temp"),
            "tool_cache": str(self.folder / "tools"),
        }
        full = {
            **contexts,
            "github": github,
            "runner": runner,
            "secrets": {**known, "GITHUB_TOKEN": token},
            "vars": {**self.vars, **vars},
        }
        return Machine(self.evaluator, self.standins, self.hub, leg, full, folders, self.path)

    def _shims(self) -> Path:
        """Write the commands that stand in for GitHub's own, and what a push has to pass."""
        folder = self.folder / "shims"
        hooks = folder / "hooks"
        hooks.mkdir(parents=True)
        hub = shlex.quote(str(self.hub.path))
        python = f"PYTHONPATH={shlex.quote(str(TEMPLATE))} {shlex.quote(sys.executable)} -m"
        asked = r"printf 'protocol=https\nhost=github.com\n\n' | git credential fill 2>/dev/null"
        scripts = {
            "gh": f'{python} tests.github.gh {hub} "$@"',
            "docker": f'{python} tests.github.docker {hub} "$@"',
            "receive-pack": (
                f"PUSH_TOKEN=$({asked} | sed -n s/^password=//p)\n"
                'if [ -z "$PUSH_TOKEN" ]; then\n'
                "    echo \"fatal: could not read Username for 'https://github.com'\" >&2; exit 1\n"
                f"fi\nexport PUSH_TOKEN\n"
                f'git -c core.hooksPath={shlex.quote(str(hooks))} receive-pack "$@"'
            ),
            "hooks/pre-receive": f"{python} tests.github.gh {hub} pre-receive",
        }
        for name, script in scripts.items():
            (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            (folder / name).chmod(0o755)
        return folder

    def _resolved(
        self, tree: Any, contexts: Mapping[str, Any], way: Any, status: str = "success"
    ) -> Any:
        return self.evaluator.resolve(tree, contexts, way, status=status)


def _worst(found: Iterable[str]) -> str:
    every = set(found)
    return next((one for one in ("failure", "cancelled", "success") if one in every), "skipped")


def _needs(job: Mapping[str, Any]) -> set[str]:
    needs = job.get("needs") or []
    return {needs} if isinstance(needs, str) else set(needs)


def _status(jobs: Mapping[str, Any], id: str, run: Run) -> str:
    """Give what success(), failure() and cancelled() tell a job: of all that it stands on."""
    above: set[str] = set()
    waiting = _needs(jobs[id])
    while waiting:
        above |= waiting
        waiting = {need for name in waiting for need in _needs(jobs[name])} - above
    found = {run.jobs[name].result for name in above}
    if "failure" in found:
        return "failure"
    return "skipped" if found - {"success"} else "success"


def _permissions(told: Any, foreign: bool) -> dict[str, str]:
    if told is None:
        granted = dict(USUAL)
    elif isinstance(told, str):
        level = told.partition("-")[0]
        granted = {scope: level for scope in SCOPES if level == "write" or scope != "id-token"}
    else:
        granted = dict(told)
    if foreign:
        granted = {scope: "read" for scope, level in granted.items() if level != "none"}
        granted.pop("id-token", None)
    return granted


def _combinations(matrix: Mapping[str, Any]) -> list[Matrix]:
    """Give the parts of a matrix, as GitHub combines, excludes and includes them."""
    axes = {name: values for name, values in matrix.items() if name not in ("include", "exclude")}
    product = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    made = [
        one
        for one in product
        if axes and not any(_fits(left, one) for left in matrix.get("exclude") or [])
    ]
    originals = [dict(one) for one in made]
    for more in matrix.get("include") or []:
        common = {name: value for name, value in more.items() if name in axes}
        places = [index for index, one in enumerate(originals) if _fits(common, one)]
        for index in places:
            made[index] |= more
        if not places:
            made.append(dict(more))
    return made or [{}]


def _fits(part: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    return all(name in whole and whole[name] == value for name, value in part.items())
