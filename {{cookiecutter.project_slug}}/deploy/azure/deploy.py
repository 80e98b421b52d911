"""The service as an online endpoint of Azure ML, and the pipeline as a command job."""

import io
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from azure.ai.ml import MLClient, load_job, load_online_deployment, load_online_endpoint
from azure.ai.ml.exceptions import MlException
from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.identity import DefaultAzureCredential
from marshmallow.exceptions import ValidationError

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "src"))

from {{ cookiecutter.package_name }}.clouds.deployment import main, setting, specification  # noqa: E402
from {{ cookiecutter.package_name }}.tools.errors import Refusal  # noqa: E402

ERRORS = (AzureError, MlException, ValidationError)


class AzureML:
    """An endpoint, with a deployment for each image; see `clouds.deployment.Cloud`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.client = MLClient(
            DefaultAzureCredential(),
            setting("AZURE_SUBSCRIPTION_ID"),
            setting("AZURE_RESOURCE_GROUP"),
            setting("AZURE_WORKSPACE"),
        )

    def current(self) -> str:
        """The image that answers."""
        return self._tag("image")

    def former(self) -> str:
        """The image that answered before it."""
        return self._tag("former")

    def put(self, image: str, former: str) -> None:
        """Create or update endpoint and deployment, then take away the deployments before it."""
        spec = specification(HERE / "specification.yaml", NAME=self.name, IMAGE=image)
        endpoint, deployment = entities(spec)
        there = self._endpoint()
        if there is None:
            self.client.online_endpoints.begin_create_or_update(endpoint).result()
        self.client.online_deployments.begin_create_or_update(deployment).result()
        endpoint = there or endpoint
        endpoint.traffic = {deployment.name: 100}
        endpoint.tags = {**(endpoint.tags or {}), "image": image, "former": former}
        self.client.online_endpoints.begin_create_or_update(endpoint).result()
        for each in self.client.online_deployments.list(self.name):
            if each.name != deployment.name:
                self.client.online_deployments.begin_delete(each.name, self.name).result()

    def ask(self, rows: bytes) -> bytes:
        """The answer to rows in JSON."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "rows.json"
            file.write_bytes(rows)
            answer = self.client.online_endpoints.invoke(self.name, request_file=str(file))
        return str(answer).encode()

    def train(self, values: Mapping[str, str]) -> str:
        """Run the command job to its end."""
        job = self.client.jobs.create_or_update(training_job(values))
        self.client.jobs.stream(job.name)
        status = self.client.jobs.get(job.name).status
        if status != "Completed":
            raise Refusal(f"{job.name} is {status}")
        return str(job.name)

    def _endpoint(self) -> Any:
        try:
            return self.client.online_endpoints.get(self.name)
        except ResourceNotFoundError:
            return None

    def _tag(self, name: str) -> str:
        endpoint = self._endpoint()
        return (endpoint.tags or {}).get(name, "") if endpoint else ""


def entities(spec: Mapping[str, Any]) -> tuple[Any, Any]:
    """What a specification describes, as Azure's own loader reads it."""
    endpoint = load_online_endpoint(source=_text(spec["endpoint"]))
    return endpoint, load_online_deployment(source=_text(spec["deployment"]))


def training_job(values: Mapping[str, str]) -> Any:
    """The training job, as Azure's own loader reads it."""
    return load_job(source=_text(specification(HERE / "training.yaml", **values)))


def _text(content: Any) -> io.StringIO:
    return io.StringIO(yaml.safe_dump(content))


if __name__ == "__main__":
    main(AzureML, ERRORS)
