"""Tell people that a run failed: a POST to the address in the environment variable ALERT_URL."""

import os
import sys

from ..tools.errors import Refusal
from .http import send

ADDRESS = "ALERT_URL"


def tell(text: str) -> None:
    """Post `{"text": …}`, which chat tools take as a message; without an address, only print it.

    An address that does not answer is said, and fails nothing: the task has failed already.
    """
    print(text, file=sys.stderr)
    address = os.environ.get(ADDRESS)
    if not address:
        return
    try:
        send(address, {"text": text})
    except Refusal as refusal:
        print(f"{ADDRESS} did not take it: {refusal}", file=sys.stderr)


if __name__ == "__main__":
    tell(" ".join(sys.argv[1:]))
