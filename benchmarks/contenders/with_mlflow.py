"""Keeps the model as MLflow does, for `mlflow models serve`: `with_mlflow.py model folder`."""
# mypy: ignore-errors
# Runs in an environment of its own, with MLflow and the rendered repo's package.

import shutil
import sys
from pathlib import Path

import mlflow.sklearn
from loan_default.model.model_file import load_pipeline, trusted_types

if __name__ == "__main__":
    model, folder = map(Path, sys.argv[1:])
    file = model / "pipeline.skops"
    shutil.rmtree(folder, ignore_errors=True)
    mlflow.sklearn.save_model(
        load_pipeline(file),
        folder,
        pyfunc_predict_fn="predict_proba",
        skops_trusted_types=trusted_types(file.read_bytes(), file),
    )
