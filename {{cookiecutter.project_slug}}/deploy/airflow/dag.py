"""The pipeline of dvc.yaml as a DAG of Airflow: one task a stage, then what conf/engines names.

Airflow needs no package of this repository: each task runs in the repository's own .venv.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shlex import quote
from typing import Any

import yaml
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Param

REPO = Path(__file__).resolve().parents[2]
if str(REPO / "src") not in sys.path:
    sys.path.insert(0, str(REPO / "src"))

from {{ cookiecutter.package_name }}.engines.alert import tell  # noqa: E402
from {{ cookiecutter.package_name }}.engines.stages import read_stages  # noqa: E402

NAME = "{{ cookiecutter.project_slug }}"
OPTIONS = yaml.safe_load((REPO / "params.yaml").read_text(encoding="utf-8"))["engines"]
# The .venv comes first, also where a shell's start-up file changes PATH.
COMMAND = f"""\
cd {quote(str(REPO))}
export PATH={quote(str(REPO / ".venv/bin"))}:$PATH
exec python -m {{ cookiecutter.package_name }}.engines.task"""


def tell_failure(context: Any) -> None:
    """Tell people which task failed, and where its log is."""
    task = context["task_instance"]
    tell(f"{NAME}: {task.task_id} failed in run {task.run_id}: {task.log_url}")


def task(name: str, commit: str) -> BashOperator:
    """A task, which gets what a person typed through its environment, not as a shell's words."""
    return BashOperator(
        task_id=name,
        bash_command=f'{COMMAND} {name} --commit "$COMMIT" --storage "$STORAGE"',
        env={
            "BASH_ENV": "",
            "COMMIT": commit,
            "STORAGE": "{% raw %}{{ params.storage }}{% endraw %}",
            "REASON": "{% raw %}{{ dag_run.conf.get('reason', '') }}{% endraw %}",
        },
        append_env=True,
    )


with DAG(
    NAME,
    schedule=OPTIONS["schedule"],
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={
        "retries": OPTIONS["retries"],
        "retry_delay": timedelta(minutes=OPTIONS["retry_minutes"]),
        "execution_timeout": timedelta(minutes=OPTIONS["limit_minutes"]),
        "on_failure_callback": tell_failure,
    },
    params={
        "commit": Param("", type="string", pattern="^([0-9a-f]{7,40})?$", description="to run"),
        "storage": Param("", type="string", description="a DVC remote: its name or address"),
    },
) as dag:
    check = task("check", "{% raw %}{{ params.commit }}{% endraw %}")
    checked = "{% raw %}{{ ti.xcom_pull(task_ids='check') }}{% endraw %}"  # the commit, its last line
    pipeline = read_stages(REPO / "dvc.yaml")
    stages = {stage.name: task(stage.name, checked) for stage in pipeline}
    for stage in pipeline:
        for before in stage.needs:
            stages[before] >> stages[stage.name]
    last = [each for each in stages.values() if not each.downstream_list]
    for each in stages.values():
        if not each.upstream_list:
            check >> each
    for name in OPTIONS["then"]:
        following = task(name, checked)
        last >> following
        last = [following]
