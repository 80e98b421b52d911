"""The registry of Weights & Biases: versions of an artifact, with the stages as aliases."""

from datetime import datetime
from pathlib import Path
from typing import Any

import wandb

from ..packing import digest
from ..tools.errors import Refusal
from ..tools.files import replacing
from . import ARCHIVED, PRODUCTION, STAGING, Version

ALIASES = {STAGING: "challenger", PRODUCTION: "champion", ARCHIVED: "archived"}


class WandbRegistry:
    """Versions v0, v1, … of the model's artifact; `champion` is in production."""

    def __init__(self, model: str, project: str) -> None:
        self.model = model
        self.project = project

    def register(self, folder: Path, commit: str = "HEAD") -> str:
        """Upload the folder; W&B gives equal content the version that it has.

        Raises:
            Refusal: offline, where W&B has no registry.
        """
        try:
            with wandb.init(project=self.project, job_type="register") as run:
                if run.offline:
                    raise Refusal("registry=wandb needs its server; set WANDB_MODE=online")
                artifact = wandb.Artifact(
                    self.model, type="model", metadata={"digest": digest(folder)}
                )
                artifact.add_dir(str(folder))
                return str(run.log_artifact(artifact).wait().version)
        except wandb.errors.Error as error:
            raise Refusal(f"registry=wandb needs its server: {error}; `wandb login`") from None

    def assign(self, version: str, stage: str) -> None:
        """Give a version the stage's alias; W&B takes it from the one that had it."""
        artifact = self._artifact(version)
        others = [a for a in artifact.aliases if a not in ALIASES.values()]
        artifact.aliases = [*others, ALIASES[stage], *self._served_alias(artifact, stage)]
        artifact.save()

    def versions(self) -> list[Version]:
        """All versions, oldest first."""
        stages = {alias: stage for stage, alias in ALIASES.items()}
        return [
            Version(
                str(artifact.version),
                next((stages[a] for a in artifact.aliases if a in stages), None),
                str(artifact.digest)[:8],
                datetime.fromisoformat(artifact.created_at).timestamp(),
                artifact.metadata.get("digest"),
            )
            for artifact in self._artifacts()
        ]

    def fetch(self, version: str, folder: Path) -> Path:
        """Download a version."""
        with replacing(folder) as new:
            self._artifact(version).download(root=str(new))
        return folder

    def served(self) -> list[str]:
        """The versions that have been in production, in the order in which they first were."""
        marks = [
            (int(alias.removeprefix("served-")), str(artifact.version))
            for artifact in self._artifacts()
            for alias in artifact.aliases
            if alias.startswith("served-")
        ]
        return [version for _, version in sorted(marks)]

    def _served_alias(self, artifact: Any, stage: str) -> list[str]:
        # Aliases have no history, so the first time in production leaves one more.
        if stage != PRODUCTION or any(a.startswith("served-") for a in artifact.aliases):
            return []
        return [f"served-{len(self.served()) + 1}"]

    def _artifacts(self) -> list[Any]:
        try:
            found = wandb.Api().artifacts("model", f"{self.project}/{self.model}")
            return sorted(found, key=lambda artifact: int(artifact.version[1:]))
        except (wandb.errors.Error, ValueError) as error:
            raise Refusal(f"registry=wandb: {error}; `wandb login`, or use registry=git") from None

    def _artifact(self, version: str) -> Any:
        found = [a for a in self._artifacts() if a.version == version]
        if not found:
            raise Refusal(f"{self.model} has no version {version}; see `make models`")
        return found[0]
