"""Every choice composes, and params.yaml is what conf/ composes."""

import warnings
from pathlib import Path

import pytest
from hydra.utils import get_class, get_method
from omegaconf import DictConfig, OmegaConf

from {{ cookiecutter.package_name }}.model.metrics import BY_TASK
from {{ cookiecutter.package_name }}.tools import config, params
from {{ cookiecutter.package_name }}.tools.command import warnings_counted
from {{ cookiecutter.package_name }}.tools.errors import Refusal
from {{ cookiecutter.package_name }}.tools.paths import PARAMS

from conftest import ROOT, configured, with_estimator

CHOICES = [f"{file.parent.name}={file.stem}" for file in sorted((ROOT / "conf").glob("*/*.yaml"))]
EXTRAS = ("lightgbm", "xgboost")


@pytest.mark.parametrize("choice", CHOICES)
def test_every_choice_composes(choice: str) -> None:
    cfg = configured(choice)
    assert OmegaConf.to_yaml(cfg, resolve=True)
    config.check(cfg)


@pytest.mark.parametrize("choice", CHOICES)
def test_every_target_of_a_choice_exists(choice: str) -> None:
    group = choice.split("=")[0]
    for target in targets(configured(choice)[group]):
        if target.partition(".")[0] in EXTRAS:
            pytest.importorskip(target.partition(".")[0])
        found = get_class if target.rpartition(".")[2][0].isupper() else get_method
        assert callable(found(target))


def targets(node: DictConfig) -> list[str]:
    """Every `_target_` below a node."""
    found = [node["_target_"]] if "_target_" in node else []
    for value in node.values():
        items = value if OmegaConf.is_list(value) else [value]
        found += [t for item in items if OmegaConf.is_dict(item) for t in targets(item)]
    return found


def test_params_are_what_conf_composes() -> None:
    committed = (ROOT / PARAMS).read_text(encoding="utf-8")
    composed = OmegaConf.to_yaml(config.composed())
    assert committed == composed, "run `make params` and commit params.yaml"


def test_params_are_written_once_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert config.compose_params(["--check"]) == 1
    assert config.compose_params([]) == 0
    assert config.compose_params(["--check"]) == 0
    PARAMS.write_text("seed: 1\n", encoding="utf-8")
    assert config.compose_params(["--check"]) == 1


def test_params_are_composed_when_conf_or_they_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    composed: list[str] = []

    def compose_params(_: list[str]) -> int:
        composed.append("again")
        PARAMS.write_text((tmp_path / "conf/config.yaml").read_text(encoding="utf-8"))
        return 0

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(params, "CONF", tmp_path / "conf")
    monkeypatch.setattr(config, "compose_params", compose_params)
    (tmp_path / "conf").mkdir()
    for number, changed in enumerate(["conf/config.yaml", "conf/b.yaml", "params.yaml"], start=1):
        (tmp_path / changed).write_text(f"name: {changed}\n", encoding="utf-8")
        assert [params.compose_again(), params.compose_again()] == [0, 0]
        assert len(composed) == number
    monkeypatch.setattr(config, "compose_params", lambda _: 1)
    (tmp_path / "conf/b.yaml").unlink()
    assert [params.compose_again(), params.compose_again()] == [1, 1]  # a mistake is said each time


WRONG = {
    "+gate.minimun.accuracy=0.99": "there is no gate.minimun (do you mean gate.minimum?)",
    "gate.minimun=1": "there is no gate.minimun (do you mean gate.minimum?)",
    "+gate.minimum.acuracy=0.9": "there is no gate.minimum.acuracy",
    "gate.confidence=95": "gate.confidence is 95: it should be less than 1",
    "gate.resamples=0": "gate.resamples is 0: it should be greater",
    "gate.resamples=many": "gate.resamples is 'many': it should be a valid integer",
    "gate.tolerance=-1": "gate.tolerance is -1: it should be a number that is not negative",
    "gate.tolerance=5 %": "gate.tolerance is '5 %': it should be a number",
    "gate.metric=rsquared": "gate.metric is 'rsquared'",
    "evaluate.confidence=true": "evaluate.confidence is True: it should be a valid number",
    "evaluate.resamples=-1": "evaluate.resamples is -1",
    "+evaluate.slice=x": "there is no evaluate.slice (do you mean evaluate.slices?)",
    "data.split.kind=randm": "data.split.kind is 'randm': it should be 'random', 'stratified'",
    "+data.split.tes_size=1": "there is no data.split.tes_size (do you mean data.split.test_size?)",
    "+data.targt=x": "there is no data.targt (do you mean data.target?)",
    "+loading.second=1": "there is no loading.second (do you mean loading.seconds?)",
    "loading.memory=0": "loading.memory is 0: it should be greater than 0",
    "+model.nme=x": "there is no model.nme (do you mean model.name?)",
    "gate=defalt": "there is no gate=defalt; there are default",
    "+sed=8": "there is no sed (do you mean seed?)",
    "seed=-1": "seed is -1: it should be greater than or equal to 0",
    "seed=x": "seed is 'x': it should be a valid integer",
    "seed==": "Error parsing override 'seed=='",
}


@pytest.mark.parametrize("override", WRONG)
def test_what_cant_be_is_refused_in_one_line(override: str) -> None:
    with pytest.raises(Refusal) as refused:
        config.overridden([override])
    assert str(refused.value).startswith(WRONG[override])
    assert "\n" not in str(refused.value)


def test_groups_with_functions_are_held_to_their_arguments() -> None:
    config.check_targets(configured())
    chosen = ["features=default"] if "features=default" in CHOICES else []
    for key, reason in {
        "registry.modle": "there is no registry.modle (do you mean registry.model?)",
        "features.catgories": "there is no features.catgories",
        "model.estimator.n_estimatrs": "there is no model.estimator.n_estimatrs",
    }.items():
        if key.startswith("features") and not chosen:
            continue
        cfg = with_estimator("sklearn.dummy.Dummy", *chosen)
        OmegaConf.update(cfg, key, 7, force_add=True)
        with pytest.raises(Refusal) as refused:
            config.check_targets(cfg)
        assert str(refused.value).startswith(reason)


def test_metrics_are_those_that_are_scored() -> None:
    classification = {*BY_TASK["binary"], *BY_TASK["multiclass"]}
    assert sorted(config.METRICS["classification"]) == sorted(classification)
    assert sorted(config.METRICS["regression"]) == sorted(BY_TASK["regression"])


def test_a_warning_is_said_once_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    with warnings_counted():
        warnings.simplefilter("always")
        for fold in range(300):
            warnings.warn(f"fold {fold} has one class", UserWarning, stacklevel=1)
    assert caplog.messages == [
        "UserWarning: fold 0 has one class",
        "299 more: UserWarning: fold … has one class",
    ]
