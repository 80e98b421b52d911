"""One job on one machine: its workspace, its environment, its steps, one after the other."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.github import commands
from tests.github.commands import Annotation
from tests.github.evaluator import Evaluator
from tests.github.hub import Hub

# What belongs to the machine, not to the person who runs the tests.
_KEPT = ("LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "TZ")
_KEPT_PREFIXES = ("UV_", "PIP_", "LOKY_", "MPL", "MYPY_", "OMP_", "WARM_")
_KEPT_ENDS = ("_PROXY", "_proxy")

_SHELLS = {
    "": "bash -e {0}",
    "bash": "bash --noprofile --norc -eo pipefail {0}",
    "sh": "sh -e {0}",
    "python": "python {0}",
}
# What GITHUB_ENV may not change.
_OWN = ("GITHUB_", "RUNNER_", "NODE_OPTIONS")


class Failed(Exception):
    """An action failed; the step's log says why."""


@dataclass
class Step:
    """What became of a step."""

    name: str
    id: str = ""
    uses: str = ""
    run: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    outcome: str = "skipped"
    conclusion: str = "skipped"
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""


@dataclass
class Leg:
    """What became of a job on one machine."""

    name: str
    matrix: dict[str, Any]
    permissions: dict[str, str]
    workspace: Path
    environment: str = ""
    conclusion: str = "success"
    may_fail: bool = False
    steps: list[Step] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    annotations: list[Annotation] = field(default_factory=list)

    @property
    def log(self) -> str:
        """The logs of its steps."""
        return "".join(f"## {step.name}\n{step.log}" for step in self.steps)


@dataclass
class Use:
    """An action's step, as its stand-in sees it."""

    name: str
    inputs: dict[str, str]
    machine: "Machine"

    def take(self, name: str, default: str = "") -> str:
        """Take an input, or what the action takes where it is empty."""
        return self.inputs.pop(name, "") or default

    def switch(self, name: str, default: str = "false") -> bool:
        """Take an input that is true or false."""
        return self.take(name, default).lower() == "true"

    def need(self, *needed: str, token: str = "") -> None:
        """Fail unless a token may, the job's own if no other is named."""
        if why := self.machine.hub.refusal(token or self.machine.token, *needed):
            raise Failed(why)


StandIn = Callable[[Use], dict[str, str]]


class Machine:
    """Runs one job."""

    def __init__(
        self,
        evaluator: Evaluator,
        standins: Mapping[str, StandIn],
        hub: Hub,
        leg: Leg,
        contexts: dict[str, Any],
        folders: Mapping[str, Path],
        path: list[str],
    ) -> None:
        self.evaluator = evaluator
        self.standins = standins
        self.hub = hub
        self.leg = leg
        self.contexts = contexts
        self.folders = folders
        self.workspace = leg.workspace
        self.token: str = contexts["github"]["token"]
        self.home = folders["job"] / "home"
        self.temp = folders["job"] / "temp"
        self.status = "success"
        self.env: dict[str, str] = {}
        self.paths: list[str] = []
        self.path = path
        secrets = [value for value in contexts["secrets"].values() if value]
        self.masks = {part for value in secrets for part in [value, *value.splitlines()] if part}
        self.afterwards: list[Callable[[], None]] = []
        self.logins: dict[str, str] = {}  # a registry, and whose token
        self.has_buildx = False
        for made in (self.home, self.temp):
            made.mkdir(parents=True)
        # On GitHub's machines nobody has a name: who commits has to say who it is.
        (self.home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
        contexts.update(env={}, steps={}, job={"status": "success"})

    def run(self, workflow: Mapping[str, Any], job: Mapping[str, Any]) -> None:
        """Run the steps, and fill in what became of them."""
        leg = self.leg
        for level in (workflow, job):
            self.env.update(self._texts(level.get("env") or {}))
            self.contexts["env"] = self.env
        defaults: dict[str, Any] = {}
        for level in (workflow, job):
            defaults |= (level.get("defaults") or {}).get("run") or {}
        minutes = float(self._value(job.get("timeout-minutes")) or 360)
        deadline = time.monotonic() + 60 * minutes
        for index, told in enumerate(job["steps"]):
            leg.steps.append(self._step(index, told, self._texts(defaults), deadline))
        if self.status == "success":
            for act in reversed(self.afterwards):
                act()
        leg.conclusion = self.status
        for name, tree in (job.get("outputs") or {}).items():
            value = self._texts(tree)
            if any(secret in value for secret in self.masks):
                leg.steps[-1].log += f"Warning: Skip output '{name}' since it may contain secret.\n"
            elif value:
                leg.outputs[name] = value

    # --- one step ---

    def _step(
        self, index: int, told: Mapping[str, Any], defaults: Mapping[str, str], deadline: float
    ) -> Step:
        step = Step(_name(told), id=told.get("id", ""))
        self.contexts["job"] = {"status": self.status}
        self.contexts["env"] = self.env
        try:
            self.contexts["env"] = {**self.env, **self._texts(told.get("env") or {})}
            step.name = self._texts(told.get("name") or step.name)
            if self._is_true(told.get("if", {"$": "success()"})):
                self._execute(index, told, step, defaults, deadline)
        except (Failed, ValueError) as error:  # ValueError: an expression or a file of the step's
            step.outcome = "failure"
            step.log += f"Error: {error}\n"
        self._conclude(told, step)
        return step

    def _execute(
        self,
        index: int,
        told: Mapping[str, Any],
        step: Step,
        defaults: Mapping[str, str],
        deadline: float,
    ) -> None:
        if "uses" in told:
            self._use(told, step)
            return
        step.run = self._texts(told["run"])
        minutes = self._value(told.get("timeout-minutes"))
        ends = min(deadline, time.monotonic() + 60 * float(minutes)) if minutes else deadline
        shell = self._texts(told.get("shell")) or defaults.get("shell", "")
        if shell not in _SHELLS and "{0}" not in shell:
            raise NotImplementedError(f"no shell {shell}")
        script = self.temp / f"step{index}.sh"
        script.write_text(step.run + "\n", encoding="utf-8")
        command = _SHELLS.get(shell, shell).replace("{0}", str(script)).split()
        inside = self._texts(told.get("working-directory")) or defaults.get("working-directory", "")
        cwd = self.workspace / inside
        if not cwd.is_dir():
            raise Failed(f"no such working directory: {inside}")
        files = self._files(index)
        code = self._process(command, cwd, self._environment(files), ends, step)
        self._take_up(files, step)
        if code is None and ends == deadline:
            self.status = "cancelled"
            step.outcome = "cancelled"
            step.log += "Error: The job has exceeded its maximum execution time.\n"
        elif code is None:
            raise Failed(f"The action has timed out after {minutes} minutes.")
        elif code:
            raise Failed(f"Process completed with exit code {code}.")
        else:
            step.outcome = "success"

    def _process(
        self, command: list[str], cwd: Path, env: dict[str, str], ends: float, step: Step
    ) -> int | None:
        """Run a command; give its exit code, or None where its time is over."""
        with subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process:
            try:
                log, _ = process.communicate(timeout=max(0.0, ends - time.monotonic()))
                code: int | None = process.returncode
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                log, _ = process.communicate()
                code = None
        said = commands.said(log)
        self.masks.update(said.masks)
        self.leg.annotations += said.annotations
        step.log += self._masked(log)
        return code

    def _use(self, told: Mapping[str, Any], step: Step) -> None:
        step.uses = told["uses"].partition("@")[0]
        if step.uses not in self.standins:
            raise NotImplementedError(f"no stand-in for {step.uses}: list it in standins.py")
        given: dict[str, str] = self._texts(told.get("with") or {})
        step.inputs = dict(given)
        use = Use(step.uses, given, self)
        step.outputs = self.standins[step.uses](use)
        if use.inputs:
            raise NotImplementedError(
                f"the stand-in for {step.uses} has no {', '.join(use.inputs)}"
            )
        step.outcome = "success"

    def _conclude(self, told: Mapping[str, Any], step: Step) -> None:
        step.log = self._masked(step.log)
        step.conclusion = step.outcome
        if step.outcome == "failure":
            if self._value(told.get("continue-on-error")) is True:
                step.conclusion = "success"
            elif self.status == "success":
                self.status = "failure"
        if step.id:
            self.contexts["steps"][step.id] = {
                "outcome": step.outcome,
                "conclusion": step.conclusion,
                "outputs": step.outputs,
            }

    # --- files between step and runner ---

    def _files(self, index: int) -> dict[str, Path]:
        names = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
        files = {name: self.temp / f"{name}_{index}" for name in names}
        for path in files.values():
            path.touch()
        return files

    def _take_up(self, files: Mapping[str, Path], step: Step) -> None:
        """Read what a step left in its files."""
        texts = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
        self.leg.summary += self._masked(texts["GITHUB_STEP_SUMMARY"])
        self.paths[:0] = reversed(texts["GITHUB_PATH"].splitlines())
        step.outputs = commands.pairs(texts["GITHUB_OUTPUT"])
        added = commands.pairs(texts["GITHUB_ENV"])
        for name in added:
            if name.startswith(_OWN):
                raise Failed(f"Can't store {name} output parameter using '$GITHUB_ENV' command.")
        self.env.update(added)

    def _environment(self, files: Mapping[str, Path]) -> dict[str, str]:
        github, env = self.contexts["github"], self.contexts["env"]
        machine = {
            key: value
            for key, value in os.environ.items()
            if key in _KEPT or key.startswith(_KEPT_PREFIXES) or key.endswith(_KEPT_ENDS)
        }
        told = {
            f"GITHUB_{name.upper()}": str(github[name] or "")
            for name in github
            if name not in ("event", "token", "workspace")
        }
        runner = {f"RUNNER_{k.upper()}": v for k, v in self.contexts["runner"].items()}
        return {
            **machine,
            "HOME": str(self.home),
            "TMPDIR": str(self.temp),
            **told,
            **runner,
            "CI": "true",
            "PYTEST_XDIST_AUTO_NUM_WORKERS": "1",  # a process of its own, as everywhere
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GIT_TERMINAL_PROMPT": "0",
            **{name: str(path) for name, path in files.items()},
            **env,
            "PATH": os.pathsep.join(
                [*self.paths, *([env["PATH"]] if "PATH" in env else self.path)]
            ),
        }

    # --- expressions ---

    def _texts(self, tree: Any) -> Any:
        return self._resolved(tree, "text")

    def _value(self, tree: Any) -> Any:
        return self._resolved(tree, "value")

    def _is_true(self, tree: Any) -> bool:
        return bool(self._resolved(tree, "truth"))

    def _resolved(self, tree: Any, way: Any) -> Any:
        return self.evaluator.resolve(
            tree, self.contexts, way, status=self.status, workspace=self.workspace
        )

    def _masked(self, text: str) -> str:
        for secret in sorted(self.masks, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text


def _name(told: Mapping[str, Any]) -> str:
    """Name a step as GitHub does where it has no name."""
    if "uses" in told:
        return f"Run {told['uses'].partition('@')[0]}"
    return "Run {}".format(str(told["run"]).partition("\n")[0])


def system_path() -> list[str]:
    """Give PATH without the environment that the tests themselves run in."""
    own = Path(sys.executable).parent if sys.prefix != sys.base_prefix else None
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return [entry for entry in entries if entry and Path(entry) != own]


def found_uv() -> Path | None:
    """Find uv: beside the Python of the tests, or on PATH."""
    beside = Path(sys.executable).with_name("uv")
    if beside.exists():
        return beside
    found = shutil.which("uv")
    return Path(found) if found else None
