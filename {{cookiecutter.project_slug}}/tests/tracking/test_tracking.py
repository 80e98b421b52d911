"""What the trackers are told."""

from pathlib import Path

from omegaconf import OmegaConf

from {{ cookiecutter.package_name }}.tracking.run import Run


def test_parameters_are_flat_where_a_tracker_wants_them_so() -> None:
    cfg = OmegaConf.create({"seed": 1, "model": {"estimator": {"depth": 3}}})
    run = Run(cfg, {}, {}, Path(), Path(), {})
    assert run.flat_params == {"seed": 1, "model.estimator.depth": 3}
