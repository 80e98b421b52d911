"""`make airflow-run`: ask Airflow at AIRFLOW_URL for a run, with the environment's REASON."""

import os
import sys

from ..tools.errors import Refusal
from .http import post, setting

NAME = "{{ cookiecutter.project_slug }}"


def ask(reason: str) -> str:
    """Start a run; return its name.

    Raises:
        Refusal: if Airflow is not named, not there, or takes no run.
    """
    address = setting("AIRFLOW_URL", "http://localhost:8080")
    token = os.environ.get("AIRFLOW_TOKEN")
    if not token:
        user, password = setting("AIRFLOW_USERNAME", "admin"), setting("AIRFLOW_PASSWORD", "…")
        found = post(f"{address}/auth/token", {"username": user, "password": password}, None)
        token = str(found["access_token"])
    run = {"logical_date": None, "conf": {"reason": reason}}
    return str(post(f"{address}/api/v2/dags/{NAME}/dagRuns", run, token)["dag_run_id"])


if __name__ == "__main__":
    try:
        print(f"started {ask(os.environ.get('REASON', ''))}")
    except Refusal as refusal:
        sys.exit(f"Refused: {refusal}")
