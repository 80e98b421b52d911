"""Hold every specification against the library of its cloud, offline: `make cloud-check`.

SageMaker's go through botocore's model of its API to moto, which plays the account; Vertex AI's
become its API's types; Azure's go through its own loader.
"""

import importlib.util
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import boto3
from moto import mock_aws

DEPLOY = Path(__file__).resolve().parents[1]
NAME = "{{ cookiecutter.__service }}-staging"
IMAGE = "registry.example.com/{{ cookiecutter.project_slug }}:v0.0.1-1f2e3d4"
# Where no account is, these stand for what would be set.
SETTINGS = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "SAGEMAKER_ROLE": "arn:aws:iam::123456789012:role/sagemaker",
    "SAGEMAKER_OUTPUT": "s3://bucket/jobs",
    "TRAINING_IMAGE": "registry.example.com/{{ cookiecutter.project_slug }}-pipeline:latest",
    "AZURE_COMPUTE": "azureml:cpu",
}
JOB = {"JOB": "train-1f2e3d4-1", "COMMIT": "1f2e3d4", "SOURCE": "https://example.com/repo.git"}


def script(cloud: str) -> ModuleType:
    """deploy/<cloud>/deploy.py as a module."""
    spec = importlib.util.spec_from_file_location(f"deploy_{cloud}", DEPLOY / cloud / "deploy.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sagemaker() -> str:
    """Create everything in moto, and train."""
    module = script("sagemaker")
    with mock_aws():
        cloud = module.SageMaker(NAME)
        cloud.put(IMAGE, "")
        if cloud.current() != IMAGE:
            raise module.Refusal(f"moto's endpoint runs {cloud.current()}, not {IMAGE}")
        cloud.train(JOB)
        endpoint = boto3.client("sagemaker").describe_endpoint(EndpointName=NAME)
    return f"moto says {endpoint['EndpointStatus']}, and Completed to the training job"


def vertex() -> str:
    """Make the API's types."""
    module = script("vertex")
    folder = DEPLOY / "vertex"
    module.types(module.specification(folder / "specification.yaml", NAME=NAME, IMAGE=IMAGE))
    module.vertex.CustomJob(module.specification(folder / "training.yaml", **JOB))
    return "every field is one of aiplatform_v1's"


def azure() -> str:
    """Have Azure's loader read them."""
    module = script("azure")
    file = DEPLOY / "azure" / "specification.yaml"
    module.entities(module.specification(file, NAME=NAME, IMAGE=IMAGE))
    module.training_job(JOB)
    return "azure-ai-ml's loader takes them"


CHECKS: dict[str, Callable[[], str]] = {each.__name__: each for each in (sagemaker, vertex, azure)}


def told(check: Callable[[], str]) -> bool:
    """Say what a check found; return whether it is as it should be."""
    try:
        print(f"ok {check.__name__}: {check()}")
    except Exception as error:  # each library has its own
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        print(f"Refused {check.__name__}: {type(error).__name__}: {' '.join(lines)[:600]}")
        return False
    return True


def main() -> None:
    """Check each in a process of its own; exit with 1 if one is refused."""
    if sys.argv[1:]:
        logging.disable(logging.CRITICAL)
        for name, value in SETTINGS.items():
            os.environ.setdefault(name, value)
        sys.exit(not told(CHECKS[sys.argv[1]]))
    codes = [
        subprocess.run([sys.executable, "-W", "ignore", __file__, name], check=False).returncode
        for name in CHECKS
    ]
    print(
        "Only an account can show permissions, quotas, whether a region has these machines, "
        "whether the image can be pulled there, and what the endpoint answers."
    )
    sys.exit(max(codes))


if __name__ == "__main__":
    main()
