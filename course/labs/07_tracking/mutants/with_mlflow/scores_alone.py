"""Logs by hand what autologging would log, and neither code nor data."""


def log_run(run, experiment, uri, autolog=False):
    pipeline = open_pipeline(run.model, Loading.of(run.cfg).own)
    mlflow = connect(uri)
    mlflow.set_experiment(experiment)
    with mlflow.start_run():
        if autolog:
            _autolog(mlflow, pipeline, run)
        mlflow.log_params(dict(flat(run.params)))
        mlflow.log_metrics(run.scores)
