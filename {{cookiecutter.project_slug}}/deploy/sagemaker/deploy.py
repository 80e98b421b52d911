"""The service as an endpoint of SageMaker, and the pipeline as a training job."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "src"))

from {{ cookiecutter.package_name }}.clouds.deployment import main, specification  # noqa: E402
from {{ cookiecutter.package_name }}.tools.errors import Refusal  # noqa: E402

ERRORS = (BotoCoreError, ClientError)
FORMER = "former"  # a tag of the endpoint: the image before this one


class SageMaker:
    """An endpoint, with a model for each image; see `clouds.deployment.Cloud`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.client = boto3.client("sagemaker")

    def current(self) -> str:
        """The image that answers."""
        endpoint = self._endpoint()
        if not endpoint:
            return ""
        name = endpoint["EndpointConfigName"]
        config = self.client.describe_endpoint_config(EndpointConfigName=name)
        model = config["ProductionVariants"][0]["ModelName"]
        image: str = self.client.describe_model(ModelName=model)["PrimaryContainer"]["Image"]
        return image

    def former(self) -> str:
        """The image that answered before it."""
        endpoint = self._endpoint()
        if not endpoint:
            return ""
        tags = self.client.list_tags(ResourceArn=endpoint["EndpointArn"])["Tags"]
        return str({tag["Key"]: tag["Value"] for tag in tags}.get(FORMER, ""))

    def put(self, image: str, former: str) -> None:
        """Create or update model, configuration and endpoint."""
        spec = specification(HERE / "specification.yaml", NAME=self.name, IMAGE=image)
        model, config = spec["model"], spec["endpoint_config"]
        chosen = {"EndpointName": self.name, "EndpointConfigName": config["EndpointConfigName"]}
        if not _found(self.client.describe_model, ModelName=model["ModelName"]):
            self.client.create_model(**model)
        if not _found(
            self.client.describe_endpoint_config, EndpointConfigName=config["EndpointConfigName"]
        ):
            self.client.create_endpoint_config(**config)
        endpoint = self._endpoint()
        if not endpoint:
            self.client.create_endpoint(**chosen)
        elif endpoint["EndpointConfigName"] != config["EndpointConfigName"]:
            self.client.update_endpoint(**chosen)
        self.client.get_waiter("endpoint_in_service").wait(EndpointName=self.name)
        endpoint = self._endpoint()
        if endpoint.get("EndpointConfigName") != config["EndpointConfigName"]:
            reason = endpoint.get("FailureReason", "SageMaker does not say why")
            raise Refusal(f"{self.name} still runs what it ran before: {reason}")
        tags = [{"Key": FORMER, "Value": former}]
        self.client.add_tags(ResourceArn=endpoint["EndpointArn"], Tags=tags)

    def ask(self, rows: bytes) -> bytes:
        """The answer to rows in JSON."""
        runtime = boto3.client("sagemaker-runtime")
        words = {"EndpointName": self.name, "ContentType": "application/json"}
        answer: bytes = runtime.invoke_endpoint(**words, Body=rows)["Body"].read()
        return answer

    def train(self, values: Mapping[str, str]) -> str:
        """Run the training job to its end."""
        name = values["JOB"]
        self.client.create_training_job(**specification(HERE / "training.yaml", **values))
        waiter = self.client.get_waiter("training_job_completed_or_stopped")
        waiter.wait(TrainingJobName=name)
        job = self.client.describe_training_job(TrainingJobName=name)
        if job["TrainingJobStatus"] != "Completed":
            raise Refusal(f"{name} is {job['TrainingJobStatus']}: {job.get('FailureReason', '')}")
        return name

    def _endpoint(self) -> dict[str, Any]:
        return _found(self.client.describe_endpoint, EndpointName=self.name)


def _found(describe: Callable[..., Any], **words: str) -> dict[str, Any]:
    """What a call describes; nothing if there is no such thing, which SageMaker calls invalid."""
    try:
        found: dict[str, Any] = describe(**words)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationException":
            raise
        return {}
    return found


if __name__ == "__main__":
    main(SageMaker, ERRORS)
