"""Every choice composes, and params.yaml is what conf/ composes."""

from pathlib import Path

import pytest
from hydra.utils import get_class, get_method
from omegaconf import DictConfig, OmegaConf

from {{ cookiecutter.package_name }}.tools import params

from conftest import ROOT, configured

CHOICES = [f"{file.parent.name}={file.stem}" for file in sorted((ROOT / "conf").glob("*/*.yaml"))]
EXTRAS = ("lightgbm", "xgboost")


@pytest.mark.parametrize("choice", CHOICES)
def test_every_choice_composes(choice: str) -> None:
    cfg = configured(choice)
    assert OmegaConf.to_yaml(cfg, resolve=True)


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
    committed = (ROOT / params.PARAMS).read_text(encoding="utf-8")
    assert committed == params.as_yaml(), "run `make params` and commit params.yaml"


def test_params_are_written_once_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert params.main(["--check"]) == 1
    assert params.main([]) == 0
    assert params.main(["--check"]) == 0
    params.PARAMS.write_text("seed: 1\n", encoding="utf-8")
    assert params.main(["--check"]) == 1
