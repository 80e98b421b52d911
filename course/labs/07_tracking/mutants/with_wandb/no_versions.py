"""Records settings and scores, and neither code nor data."""


def log_run(run, project, mode, autolog=False):
    quiet = wandb.Settings(silent=True)
    with wandb.init(
        dir=Path.cwd(), project=project, mode=mode, config=run.params, settings=quiet
    ) as record:
        record.summary.update(run.scores)
        pictures = {path.stem: wandb.Image(str(path)) for path in sorted(run.plots.glob("*.png"))}
        record.log({**run.scores, **pictures})
        model = wandb.Artifact(str(run.cfg.name), type="model")
        model.add_dir(str(run.model))
        record.log_artifact(model)
