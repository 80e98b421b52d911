"""MLflow's model registry: versions of a registered model, with the stages as aliases."""

import shutil
from pathlib import Path
from typing import Any

from ..packing import digest
from ..tools.errors import Refusal
from ..tools.files import replacing
from ..tracking.with_mlflow import connect
from . import PRODUCTION, STAGING, Version

ALIASES = {STAGING: "challenger", PRODUCTION: "champion"}
# Tags of a version: where it is, when it first was there, and the digest of its model folder.
STAGE, SERVED, DIGEST = "stage", "served", "digest"


class MlflowRegistry:
    """Versions 1, 2, …; `champion` is in production, `challenger` in staging."""

    def __init__(self, model: str, uri: str) -> None:
        self.model = model
        self.mlflow = connect(uri)
        self.client = self.mlflow.MlflowClient()

    def register(self, folder: Path, commit: str = "HEAD") -> str:
        """Register the model of the run that made the folder, or return the version it has.

        Raises:
            Refusal: if MLflow tracked no such run.
        """
        wanted = digest(folder)
        runs = self.mlflow.search_runs(
            search_all_experiments=True,
            filter_string=f"tags.digest = '{wanted}' and attributes.status = 'FINISHED'",
            output_format="list",
        )
        if not runs:
            raise Refusal("MLflow tracked no run of this candidate; train with tracking=mlflow")
        made_by = {run.info.run_id for run in runs}
        for version in self._all():
            if version.run_id in made_by:
                return str(version.version)
        source = f"runs:/{runs[0].info.run_id}/model"
        version = str(self.mlflow.register_model(source, self.model).version)
        self.client.set_model_version_tag(self.model, version, DIGEST, wanted)
        return version

    def assign(self, version: str, stage: str) -> None:
        """Give a version the stage's alias; MLflow takes it from the one that had it."""
        served = self.served()
        if stage in ALIASES:
            for former in (v for v in self.versions() if v.stage == stage):
                self.client.delete_model_version_tag(self.model, former.name, STAGE)
            self.client.set_registered_model_alias(self.model, ALIASES[stage], version)
        if stage == PRODUCTION and version not in served:
            self.client.set_model_version_tag(self.model, version, SERVED, len(served) + 1)
        self.client.set_model_version_tag(self.model, version, STAGE, stage)

    def versions(self) -> list[Version]:
        """All versions, oldest first."""
        return [
            Version(
                str(v.version),
                v.tags.get(STAGE),
                str(v.run_id)[:8],
                v.creation_timestamp / 1000,
                v.tags.get(DIGEST),
            )
            for v in self._all()
        ]

    def fetch(self, version: str, folder: Path) -> Path:
        """Download a version's model folder from the run that made it."""
        found = {str(v.version): v.run_id for v in self._all()}
        if version not in found:
            raise Refusal(f"{self.model} has no version {version}; see `make models`")
        with replacing(folder) as new:
            brought = self.mlflow.artifacts.download_artifacts(
                run_id=found[version], artifact_path="model_folder"
            )
            shutil.copytree(brought, new)
        return folder

    def served(self) -> list[str]:
        """The versions that have been in production, in the order in which they first were."""
        marks = [(int(v.tags[SERVED]), str(v.version)) for v in self._all() if SERVED in v.tags]
        return [version for _, version in sorted(marks)]

    def _all(self) -> list[Any]:
        found = self.client.search_model_versions(f"name = '{self.model}'")
        return sorted(found, key=lambda version: int(version.version))
