"""params.yaml as Hydra and DVC would write it."""

from pathlib import Path
from typing import Any

import pytest

from idea.project.hydra_compose import BadConfig, compose, dump
from tests.rendered import RenderedRepo


def by_hydra(conf: Path) -> str:
    """Compose as `dvc exp run` does before it writes params.yaml."""
    hydra: Any = pytest.importorskip("hydra")
    omegaconf: Any = pytest.importorskip("omegaconf")
    with hydra.initialize_config_dir(str(conf.resolve()), version_base=None):
        config = hydra.compose("config")
    omegaconf.OmegaConf.resolve(config)
    text: str = omegaconf.OmegaConf.to_yaml(config)
    return text


@pytest.mark.parametrize("repo", ["starter", "binary", "regression"])
def test_as_hydra_does(request: pytest.FixtureRequest, repo: str) -> None:
    rendered: RenderedRepo = request.getfixturevalue(repo)
    assert rendered.read("params.yaml") == by_hydra(rendered.path / "conf")


AWKWARD = r"""
defaults:
  - _self_
  - model: forest
  - sub/group: choice
  - nothing: null
words: [yes, "yes", "true", "n", no, on, "", "_"]
like_numbers: ["1", "1.5", "1e3", "0x10", "nan", "inf", "1_000"]
numbers: [1e-3, 1E5, 1.0, .5, -0.0, 1_000, 0x10, 0o17, .inf, -.inf, 12345678901234567890]
others: [2024-01-01, ~, null, "null", "~", 12:30:45, "a: b", "# c", " lead", "x\ny", 'it''s']
unicode: "数据 🐧 žluť"
long: "a text that goes on and on, well beyond the eighty columns that fit on one line"
empty: {map: {}, list: []}
whole: ${model.depth}
map: ${model.space}
text: "depth ${model.depth} of ${name} is ${model.flag}, ${model.none}"
chain: ${whole}
name: thing
model:
  depth: 1
  extra: kept
"""


def test_awkward_values(tmp_path: Path) -> None:
    write(tmp_path, "config.yaml", AWKWARD)
    forest = (
        "depth: 7\nflag: true\nnone: null\nspace: {low: 1, high: [1, 2.5, '3']}\nseen: ${name}\n"
    )
    write(tmp_path, "model/forest.yaml", forest)
    write(tmp_path, "sub/group/choice.yaml", "a: {b: '${model.space.high}'}\n")
    assert dump(compose(tmp_path)) == by_hydra(tmp_path)


def write(conf: Path, name: str, text: str) -> None:
    """Write a file of a configuration."""
    path = conf / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"config.yaml": "a: ${b.c}"}, "names nothing"),
        ({"config.yaml": "a: ${a}"}, "leads back to itself"),
        ({"config.yaml": "a: ${oc.env:HOME}"}, "not understood"),
        ({"config.yaml": "a: x ${oc.env:HOME}"}, "not understood"),
        ({"config.yaml": "# @package _global_\na: 1"}, "@package"),
        ({"config.yaml": "- a"}, "no mapping"),
        ({"config.yaml": "a: {b"}, "no YAML"),
        ({"config.yaml": "defaults: [{g: x}]"}, "_self_"),
        ({"config.yaml": "defaults: [_self_, base]"}, "not understood"),
        ({"config.yaml": "defaults: [_self_, {override g: x}]"}, "not understood"),
        ({"config.yaml": "defaults: [_self_, {g: x}]", "g/x.yaml": "defaults: [y]"}, "in a group"),
    ],
)
def test_what_only_hydra_can_do_is_refused(
    tmp_path: Path, files: dict[str, str], told: str
) -> None:
    for name, text in files.items():
        write(tmp_path, name, text)
    with pytest.raises(BadConfig, match=told):
        compose(tmp_path)
