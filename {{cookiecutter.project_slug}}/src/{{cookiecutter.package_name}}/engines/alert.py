"""Tell people that a run failed: a POST to the address in the environment variable ALERT_URL."""

import json
import os
import sys
from urllib.request import Request, urlopen

ADDRESS = "ALERT_URL"
PATIENCE = 10  # seconds


def tell(text: str) -> None:
    """Post `{"text": …}`, which chat tools take as a message; without an address, only print it.

    An address that does not answer is said, and fails nothing: the task has failed already.
    """
    print(text, file=sys.stderr)
    address = os.environ.get(ADDRESS)
    if not address:
        return
    try:
        request = Request(  # noqa: S310 - whoever sets the environment names it
            address,
            data=json.dumps({"text": text}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urlopen(request, timeout=PATIENCE):  # noqa: S310  # nosec B310
            pass
    except (OSError, ValueError) as error:
        print(f"{ADDRESS} did not take it: {error}", file=sys.stderr)


if __name__ == "__main__":
    tell(" ".join(sys.argv[1:]))
