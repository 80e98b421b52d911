"""What a run says of itself."""


def plain(part, metrics, settings):
    """Give a run's scores, its parameters, and these as a flat dict."""
    from omegaconf import OmegaConf

    cfg = OmegaConf.create(settings)
    run = part("tracking").Run(cfg, metrics, {}, None, None, {}, None, None)
    return [run.scores, run.params, dict(part("tracking.with_mlflow").flat(run.params))]


def test_scores_are_numbers(team):
    """Scores are the metrics that are numbers."""
    scores, _, _ = team.ask(plain, {"accuracy": 0.9, "roc_auc": float("nan")}, {"seed": 1})
    assert scores == {"accuracy": 0.9}, f"expected accuracy alone, found {scores}"


def test_parameters_are_plain(team):
    """Parameters are plain values with every reference in its place, flat where MLflow wants it."""
    settings = {"seed": 1, "model": {"estimator": {"depth": 3, "seed": "${seed}"}}}
    _, params, flat = team.ask(plain, {}, settings)
    expected = {"seed": 1, "model": {"estimator": {"depth": 3, "seed": 1}}}
    assert params == expected, f"expected {expected}, found {params}"
    expected = {"seed": 1, "model.estimator.depth": 3, "model.estimator.seed": 1}
    assert flat == expected, f"expected {expected}, found {flat}"
