"""What the image starts: the service, by the contract of the cloud that starts it."""

import os
import sys
from collections.abc import Mapping, Sequence

from ..serving.__main__ import main as serve

SAGEMAKER_S_WORD = "serve"
OF_VERTEX = "AIP_HTTP_PORT"


def words(given: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """The service's words.

    Args:
        given: the image's own words, and those of whoever starts it.
        environment: which Vertex AI tells the port and the routes.

    Returns:
        The same, without a port where a cloud says which, and with the cloud's choice of `serving`.
    """
    contract = "vertex" if OF_VERTEX in environment else ""
    if SAGEMAKER_S_WORD in given:
        contract = "sagemaker"
    if not contract:
        return list(given)
    kept = [w for w in given if w != SAGEMAKER_S_WORD and not w.startswith("serving.port=")]
    return [*kept, f"serving={contract}"]


def main() -> None:
    """Serve."""
    sys.argv[1:] = words(sys.argv[1:], os.environ)
    serve()


if __name__ == "__main__":
    main()
