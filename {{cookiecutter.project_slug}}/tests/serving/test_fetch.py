"""The model that is served: brought, and replaced when another is promoted."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gto.api
import pytest

from {{ cookiecutter.package_name }}.packing.opening import Loading
from {{ cookiecutter.package_name }}.registry.commands import promote
from {{ cookiecutter.package_name }}.runtime.served_model import load
from {{ cookiecutter.package_name }}.serving import follow
from {{ cookiecutter.package_name }}.serving.fetch import bring, fetch
from {{ cookiecutter.package_name }}.tools.errors import Refusal
from {{ cookiecutter.package_name }}.tools.files import read_json
from {{ cookiecutter.package_name }}.tools.paths import CANDIDATE

from conftest import record, retrained, sampled


@pytest.mark.slow
def test_what_is_served_is_what_the_configuration_names(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = Path("models/served")
    for model, folder in (("candidate", CANDIDATE), ("some/folder", Path("some/folder"))):
        assert bring(sampled(), model, to) == folder
    with pytest.raises(Refusal, match="nothing is in production; run `make promote`"):
        bring(sampled(), "production", to)
    promote(sampled())
    for model in ("production", "v0.0.1"):
        assert bring(sampled(), model, to) == to
        note = read_json(to / "registration.json")
        assert (note["version"], note["stage"]) == ("v0.0.1", "production")
        loaded = load(to, Loading())
        assert (loaded.version, loaded.stage) == ("v0.0.1", "production")
        assert time.time() - 3600 < loaded.made <= time.time()  # when it was registered
    with pytest.raises(Refusal, match="no version v9"):
        bring(sampled(), "v9", to)
    fetch(sampled("serving.model=candidate", "+to=models/image"))
    assert "candidate is in" in capsys.readouterr().out
    assert load(Path("models/image"), Loading()).version == "image"


@pytest.mark.slow
def test_what_is_promoted_comes_to_where_it_is_served(
    repo: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    promote(sampled())
    served = bring(sampled(), "production", Path("models/served"))
    seen: list[str] = []

    def later(_: float) -> None:
        seen.append(read_json(served / "registration.json")["version"])
        match len(seen):
            case 1:
                monkeypatch.setattr(gto.api, "history", fail)
            case 2:
                monkeypatch.undo()
                monkeypatch.chdir(repo)
                monkeypatch.setattr(follow, "time", SimpleNamespace(sleep=later))
                retrained("second")
                record("second")
                promote(sampled())
            case _:
                raise KeyboardInterrupt

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("away for a while")

    monkeypatch.setattr(follow, "time", SimpleNamespace(sleep=later))  # others may sleep
    with pytest.raises(KeyboardInterrupt):
        follow.follow(sampled(), repo / "looks")
    assert seen == ["v0.0.1", "v0.0.1", "v0.0.2"]
    assert "away for a while" in caplog.text
    assert (repo / "looks").exists()
