"""`make kubeflow-run`: ask Kubeflow at KFP_URL for a run, with the environment's REASON."""

import os
import sys
from pathlib import Path

import yaml

from ..tools.errors import Refusal
from .http import post, setting

NAME = "{{ cookiecutter.project_slug }}"
COMPILED = Path("deploy/kubeflow/pipeline.yaml")


def ask(reason: str) -> str:
    """Start a run of the compiled pipeline; return its name.

    Raises:
        Refusal: if it is not compiled, or Kubeflow is not named, not there, or takes no run.
    """
    address = setting("KFP_URL", "http://localhost:8888")
    if not COMPILED.exists():
        raise Refusal(f"{COMPILED} is not there; `make kubeflow`, then again")
    run = {
        "display_name": f"{NAME}: {reason}" if reason else NAME,
        "pipeline_spec": next(yaml.safe_load_all(COMPILED.read_text(encoding="utf-8"))),
        "runtime_config": {},
    }
    return str(post(f"{address}/apis/v2beta1/runs", run, os.environ.get("KFP_TOKEN"))["run_id"])


if __name__ == "__main__":
    try:
        print(f"started {ask(os.environ.get('REASON', ''))}")
    except Refusal as refusal:
        sys.exit(f"Refused: {refusal}")
