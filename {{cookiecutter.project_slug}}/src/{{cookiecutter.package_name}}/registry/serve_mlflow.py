"""`make serve-mlflow`: MLflow's own server with the model that is in production in its registry."""

import os
import subprocess
import sys

from omegaconf import DictConfig

from ..tools.command import command
from ..tools.errors import Refusal
from . import PRODUCTION, in_stage, registry
from .in_mlflow import ALIASES, MlflowRegistry


def serve_mlflow(cfg: DictConfig) -> None:
    """Run MLflow's server.

    Args:
        cfg: with `registry=mlflow`, and `port` if it is not 5001.

    Raises:
        Refusal: if there is no such registry, or nothing in production.
    """
    found = registry(cfg)
    if not isinstance(found, MlflowRegistry):
        raise Refusal("MLflow serves from its own registry; set registry=mlflow, and promote there")
    if in_stage(found, PRODUCTION) is None:
        raise Refusal("nothing is in production in MLflow's registry; run `make promote`")
    model = f"models:/{cfg.registry.model}@{ALIASES[PRODUCTION]}"
    words = ["models", "serve", "--model-uri", model, "--env-manager", "local"]
    at = ["--host", "127.0.0.1", "--port", str(cfg.get("port", 5001))]
    done = subprocess.run(
        [sys.executable, "-m", "mlflow", *words, *at],
        env={**os.environ, "MLFLOW_TRACKING_URI": str(cfg.registry.uri)},
        check=False,
    )
    sys.exit(done.returncode)


main = command(serve_mlflow, options=("port",))

if __name__ == "__main__":
    main()
