"""Compile the pipeline of dvc.yaml for Kubeflow Pipelines: `make kubeflow` writes pipeline.yaml.

Each task clones the repository in a pod of its own. It runs in an environment with kfp, apart from
the repository's own.
"""

import sys
from pathlib import Path
from typing import Any

import yaml
from kfp import compiler, dsl, kubernetes

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "src"))

from {{ cookiecutter.package_name }}.engines.stages import Stage, read_stages  # noqa: E402
from {{ cookiecutter.package_name }}.tools.errors import Refusal  # noqa: E402

NAME = "{{ cookiecutter.project_slug }}"
TARGET = Path(__file__).with_name("pipeline.yaml")
OPTIONS = yaml.safe_load((REPO / "params.yaml").read_text(encoding="utf-8"))["engines"]


@dsl.component(base_image=OPTIONS["image"])
def run_task(task: str, python: str, source: str, commit: str, storage: str) -> str:
    """Run one task, and return the last line that it prints."""
    import subprocess

    command = [python, "-m", "{{ cookiecutter.package_name }}.engines.task", task]
    command += ["--source", source, "--commit", commit, "--storage", storage]
    line = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or []:
            print(line, end="", flush=True)
    if process.returncode:
        raise SystemExit(f"the task {task} failed, for the reason above")
    return line.strip()


@dsl.component(base_image=OPTIONS["image"])
def tell_failure(python: str, status: dsl.PipelineTaskFinalStatus) -> None:
    """Tell people that the run failed."""
    import subprocess

    if status.state == "FAILED":
        text = f"{status.pipeline_job_resource_name} failed: {status.error_message}"
        command = [python, "-m", "{{ cookiecutter.package_name }}.engines.alert", text]
        subprocess.run(command, check=True)


def pipeline(
    source: str = "https://github.com/{{ cookiecutter.github_owner }}/{{ cookiecutter.project_slug }}",
    commit: str = "",
    storage: str = "",
    python: str = "python",
) -> None:
    """Every stage of dvc.yaml, then what conf/engines names."""
    given = {"python": python, "source": source, "storage": storage}
    with dsl.ExitHandler(_settled(tell_failure(python=python), "tell_failure")):
        check = _settled(run_task(task="check", commit=commit, **given), "check")
        tasks: dict[str, Any] = {}
        for name, before in _order(read_stages(REPO / "dvc.yaml")).items():
            task = run_task(task=name, commit=check.output, **given)
            tasks[name] = _settled(task, name).after(*(tasks[each] for each in before))


def _order(stages: list[Stage]) -> dict[str, tuple[str, ...]]:
    """Each task, and those that it follows."""
    order = {stage.name: stage.needs for stage in stages}
    needed = {each for needs in order.values() for each in needs}
    last = tuple(name for name in order if name not in needed)
    for name in OPTIONS["then"]:
        order[name] = last
        last = (name,)
    return order


def _settled(task: dsl.PipelineTask, name: str) -> dsl.PipelineTask:
    """A task with its name, retries and secrets; not cached, since DVC says what runs again."""
    task.set_display_name(name).set_caching_options(False)
    if OPTIONS["retries"]:
        seconds = round(60 * OPTIONS["retry_minutes"])
        task.set_retry(OPTIONS["retries"], backoff_duration=f"{seconds}s")
    for secret, keys in OPTIONS["secrets"].items():
        kubernetes.use_secret_as_env(task, secret, {key: key for key in keys})
    return task


def main() -> None:
    """Write pipeline.yaml beside this file."""
    if OPTIONS["workspace"] != "apart":
        sys.exit(
            "Refused: pods share no folder; `workspace: apart` in conf/engines/default.yaml, "
            "then `make params kubeflow`"
        )
    try:
        compiler.Compiler().compile(dsl.pipeline(pipeline, name=NAME), str(TARGET))
    except Refusal as refusal:
        sys.exit(f"Refused: {refusal}")
    print(f"{TARGET.relative_to(REPO)} is compiled. Next: upload it, or make kubeflow-run")


if __name__ == "__main__":
    main()
