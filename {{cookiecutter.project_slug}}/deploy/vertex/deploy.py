"""The service as an endpoint of Vertex AI, and the pipeline as a custom job."""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.api.httpbody_pb2 import HttpBody
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import GoogleAPIError
from google.auth.exceptions import GoogleAuthError
from google.cloud import aiplatform_v1 as vertex
from google.protobuf.field_mask_pb2 import FieldMask

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "src"))

from {{ cookiecutter.package_name }}.clouds.deployment import main, setting, specification  # noqa: E402
from {{ cookiecutter.package_name }}.tools.errors import Refusal  # noqa: E402

ERRORS = (GoogleAPIError, GoogleAuthError, ValueError, TypeError)
SECONDS = 1800  # that a deployment may take
POLL = 20  # seconds
RUNNING = ("QUEUED", "PENDING", "RUNNING", "UPDATING")


class Vertex:
    """An endpoint, with a model for each image; see `clouds.deployment.Cloud`."""

    def __init__(self, name: str) -> None:
        self.name = name
        region = setting("VERTEX_REGION")
        self.parent = f"projects/{setting('GOOGLE_CLOUD_PROJECT')}/locations/{region}"
        self.options = ClientOptions(api_endpoint=f"{region}-aiplatform.googleapis.com")
        self.models = vertex.ModelServiceClient(client_options=self.options)
        self.endpoints = vertex.EndpointServiceClient(client_options=self.options)

    def current(self) -> str:
        """The image that answers."""
        endpoint = self._endpoint()
        served = [each for each in endpoint.deployed_models if endpoint.traffic_split.get(each.id)]
        if not served:
            return ""
        return str(self.models.get_model(name=served[0].model).container_spec.image_uri)

    def former(self) -> str:
        """The image that answered before it, which the endpoint's description names."""
        return str(self._endpoint().description)

    def put(self, image: str, former: str) -> None:
        """Create or update model and endpoint, then take away the models before it."""
        made = types(specification(HERE / "specification.yaml", NAME=self.name, IMAGE=image))
        found = list(self.models.list_models(request=self._named(made["model"].display_name)))
        if not found:
            upload = self.models.upload_model(parent=self.parent, model=made["model"])
            found = [vertex.Model(name=upload.result(SECONDS).model)]
        endpoint = self._endpoint()
        if not endpoint.name:
            create = self.endpoints.create_endpoint(parent=self.parent, endpoint=made["endpoint"])
            endpoint = create.result(SECONDS)
        before = [each.id for each in endpoint.deployed_models]
        new = made["deployed_model"]
        new.model = found[0].name
        self.endpoints.deploy_model(
            endpoint=endpoint.name, deployed_model=new, traffic_split={"0": 100}
        ).result(SECONDS)
        for number in before:
            gone = self.endpoints.undeploy_model(endpoint=endpoint.name, deployed_model_id=number)
            gone.result(SECONDS)
        noted = vertex.Endpoint(name=endpoint.name, description=former)
        self.endpoints.update_endpoint(endpoint=noted, update_mask=FieldMask(paths=["description"]))

    def ask(self, rows: bytes) -> bytes:
        """The answer to rows in JSON."""
        body = json.dumps({"instances": json.loads(rows)}).encode()
        answer = vertex.PredictionServiceClient(client_options=self.options).raw_predict(
            endpoint=self._endpoint().name,
            http_body=HttpBody(data=body, content_type="application/json"),
        )
        return bytes(answer.data)

    def train(self, values: Mapping[str, str]) -> str:
        """Run the custom job to its end."""
        jobs = vertex.JobServiceClient(client_options=self.options)
        job = vertex.CustomJob(specification(HERE / "training.yaml", **values))
        job = jobs.create_custom_job(parent=self.parent, custom_job=job)
        while (state := job.state.name.removeprefix("JOB_STATE_")) in RUNNING:
            time.sleep(POLL)
            job = jobs.get_custom_job(name=job.name)
        if state != "SUCCEEDED":
            raise Refusal(f"{job.name} is {state}: {job.error.message}")
        return values["JOB"]

    def _endpoint(self) -> Any:
        """The endpoint of this name; an empty one if there is none."""
        found = list(self.endpoints.list_endpoints(request=self._named(self.name)))
        return found[0] if found else vertex.Endpoint()

    def _named(self, name: str) -> dict[str, str]:
        return {"parent": self.parent, "filter": f'display_name="{name}"'}


def types(spec: Mapping[str, Any]) -> dict[str, Any]:
    """What a specification describes, as the API's types, which refuse unknown fields."""
    return {
        "model": vertex.Model(spec["model"]),
        "endpoint": vertex.Endpoint(spec["endpoint"]),
        "deployed_model": vertex.DeployedModel(spec["deployed_model"]),
    }


if __name__ == "__main__":
    main(Vertex, ERRORS)
