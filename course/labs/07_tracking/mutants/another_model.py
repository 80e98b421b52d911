"""Fits the model that was scored, so that another one is logged."""


def _autolog(mlflow, pipeline, run):
    X, y = inputs(run.train, Schema.load(run.model / "schema.yaml"))
    mlflow.sklearn.autolog(log_models=False, log_datasets=False, silent=True)
    pipeline.fit(X, y)
    mlflow.sklearn.autolog(disable=True, silent=True)
