"""Kubeflow Pipelines is asked for a run over HTTP; here by a server that stands in for it."""

from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.engines.ask_kubeflow import COMPILED, ask
from {{ cookiecutter.package_name }}.tools.errors import Refusal

from stand_in import standing_in


def test_a_stand_in_for_kubeflow_gets_the_compiled_pipeline(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with standing_in() as server:
        monkeypatch.setenv("KFP_URL", server.address)
        with pytest.raises(Refusal, match="make kubeflow"):
            ask("")
        COMPILED.parent.mkdir(parents=True)
        COMPILED.write_text("root: {}\n---\nplatforms: {}\n", encoding="utf-8")
        assert ask("drift") == "2"
    ((path, _, run),) = server.asked
    assert path == "/apis/v2beta1/runs"
    assert run["pipeline_spec"] == {"root": {}}
