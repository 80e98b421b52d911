"""Is an image in a registry no larger than the policy allows? `python -m … IMAGE:TAG`.

What counts is what a node pulls: the compressed layers that its manifest lists.
"""

import json
import subprocess
import sys
from typing import Any

from ..tools.errors import Refusal
from . import Policy

KEY = "limits.image_megabytes"
MEGABYTE = 1_000_000  # bytes, as registries count


def check_image(image: str) -> str:
    """Compare an image's size with the policy's limit.

    Args:
        image: its name and tag.

    Returns:
        What was found, in one line.

    Raises:
        Refusal: if it is larger than allowed, or its registry can't be asked.
    """
    policy = Policy.load()
    most = policy.get(KEY)
    if most is None:
        return "The policy has no limit for the image"
    found = pulled(image) / MEGABYTE
    if found > most:
        raise Refusal(
            f"{image} has {found:,.0f} MB to pull, {most:,} are allowed ({policy.because(KEY)}); "
            "install fewer extras, or a smaller base image"
        )
    return f"{image} has {found:,.0f} MB to pull, {most:,} are allowed"


def pulled(image: str) -> int:
    """Bytes that a node pulls, of the largest platform that the image is built for."""
    manifest = _manifest(image)
    if "layers" in manifest:
        return sum(int(layer["size"]) for layer in manifest["layers"])
    name = image.partition("@")[0].rpartition(":")[0]
    return max(
        pulled(f"{name}@{each['digest']}")
        for each in manifest["manifests"]
        # Beside each platform lies what attests it, for the platform "unknown".
        if each.get("platform", {}).get("os") != "unknown"
    )


def _manifest(image: str) -> dict[str, Any]:
    """An image's manifest, or its index of several, by the digest where one is named."""
    ask = ["docker", "buildx", "imagetools", "inspect", "--raw", image]
    try:
        said = subprocess.run(ask, capture_output=True, text=True, encoding="utf-8", check=True)
    except FileNotFoundError:
        raise Refusal("this needs Docker, which is not installed") from None
    except subprocess.CalledProcessError as error:
        raise Refusal(f"docker: {error.stderr.strip()}") from None
    found: dict[str, Any] = json.loads(said.stdout)
    return found


if __name__ == "__main__":
    try:
        print(check_image(sys.argv[1]))
    except Refusal as refusal:
        sys.exit(f"Refused: {refusal}")
