"""ML7: how much of a shared machine one repository takes."""

import re
from collections.abc import Iterator

from ml_repo_review.repository import Repository
from ml_repo_review.rule import Finding, Rule

_TRAINS = re.compile(r"\b(make (pipeline|retrain|train)|dvc repro|dvc exp run|python\S* \S*train)")


class JobsEnd(Rule):
    """Each job of a workflow has a time limit."""

    code = "ML701"
    reason = "A job that hangs takes a runner for six hours."
    fix = "write `timeout-minutes: 15` into each job"
    level = "warning"

    def applies(self, repo: Repository) -> bool:
        """Only workflows have jobs."""
        return bool(repo.workflows)

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at each job that has steps."""
        for path, name, job in _jobs(repo):
            if "timeout-minutes" not in job and "uses" not in job:
                yield Finding(f"the job {name} has no time limit", path)


class RequestSize(Rule):
    """The service takes no larger requests than the policy allows."""

    code = "ML702"
    reason = "Memory is shared."
    fix = "lower `max_bytes` in conf/serving/default.yaml"
    key = "limits.request_bytes"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at the settings of the service."""
        most = repo.policy.get(self.key)
        for path, group in repo.config("serving"):
            found = group.get("max_bytes")
            if isinstance(found, int) and found > most:
                yield Finding(f"it takes requests of {found:,} bytes, {most:,} are allowed", path)


class TrainingTime(Rule):
    """Jobs that train end in the time that the policy allows."""

    code = "ML703"
    reason = "Runners are shared."
    fix = "lower `timeout-minutes` of the job; a longer training needs a machine of its own"
    key = "limits.training_minutes"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at the jobs of workflows whose steps train."""
        most = repo.policy.get(self.key)
        for path, name, job in _jobs(repo):
            steps = job.get("steps")
            runs = [
                str(step.get("run", ""))
                for step in (steps if isinstance(steps, list) else [])
                if isinstance(step, dict)
            ]
            if not any(_TRAINS.search(run[:2_000]) for run in runs):
                continue
            minutes = job.get("timeout-minutes", 360)
            if isinstance(minutes, int | float) and minutes > most:
                yield Finding(f"the job {name} may train for {minutes} minutes, not {most}", path)


class BuildContext(Rule):
    """What goes into an image is listed."""

    code = "ML704"
    reason = "Without a .dockerignore, data and secrets beside the code go into the build."
    fix = "write .dockerignore: `*`, then `!src` and what else the build needs"
    level = "warning"

    def applies(self, repo: Repository) -> bool:
        """Only a Dockerfile is built."""
        return repo.has("Dockerfile")

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look for the file."""
        if not repo.has(".dockerignore"):
            yield Finding("there is no .dockerignore", "Dockerfile")


def _jobs(repo: Repository) -> Iterator[tuple[str, str, dict[str, object]]]:
    for path, workflow in repo.workflows.items():
        jobs = workflow.get("jobs")
        for name, job in jobs.items() if isinstance(jobs, dict) else ():
            if isinstance(job, dict):
                yield path, str(name), job


RULES = (JobsEnd, RequestSize, TrainingTime, BuildContext)
