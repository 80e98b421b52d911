"""Lets autologging begin a second run, in which nothing stands that was logged by hand."""


def _autolog(mlflow, pipeline, run):
    X, y = inputs(run.train, Schema.load(run.model / "schema.yaml"))
    mlflow.sklearn.autolog(log_models=False, log_datasets=False, silent=True)
    with mlflow.start_run(nested=True):
        clone(pipeline).fit(X, y)
    mlflow.sklearn.autolog(disable=True, silent=True)
