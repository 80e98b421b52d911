"""W&B as the registry: the same story as in Git, told to a stand-in for its cloud."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from {{ cookiecutter.package_name }}.registry import in_wandb, put_into_production
from {{ cookiecutter.package_name }}.tools.errors import Refusal


class StandInArtifact:
    """What the registry uses of a W&B artifact."""

    def __init__(self, number: int) -> None:
        self.version, self.aliases, self.digest = f"v{number}", ["latest"], "0123456789"
        self.created_at = "2026-01-01T00:00:00Z"
        self.metadata = {"digest": f"of v{number}"}

    def save(self) -> None:
        """W&B would send the aliases."""

    def download(self, root: str) -> None:
        """Leave a file, as the real one does."""
        Path(root).mkdir()
        Path(root, "pipeline.skops").write_text(self.version, encoding="utf-8")


def test_wandb_tells_the_same_story_to_a_stand_in_for_its_cloud(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cloud = [StandInArtifact(0), StandInArtifact(1)]
    api = SimpleNamespace(artifacts=lambda kind, name: cloud)
    monkeypatch.setattr("wandb.Api", lambda: api)
    found = in_wandb.WandbRegistry("model", "project")
    put_into_production(found, "v0")
    put_into_production(found, "v1")
    # The real service takes an alias from the version that had it.
    cloud[0].aliases.remove("champion") if "champion" in cloud[0].aliases else None
    assert [(v.name, v.stage) for v in found.versions()] == [
        ("v0", "archived"),
        ("v1", "production"),
    ]
    assert [v.digest for v in found.versions()] == ["of v0", "of v1"]
    assert found.served() == ["v0", "v1"]
    assert (found.fetch("v1", tmp_path / "model") / "pipeline.skops").read_text() == "v1"
    with pytest.raises(Refusal, match="no version v9"):
        found.fetch("v9", tmp_path / "model")


def test_wandb_offline_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    with pytest.raises(Refusal, match="needs its server"):
        in_wandb.WandbRegistry("model", "project").register(tmp_path)
