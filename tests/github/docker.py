"""Stands in for `docker` where a workflow asks a registry: it knows the images that were pushed."""

import json
import sys
from pathlib import Path

from tests.github.hub import Hub


def main(arguments: list[str]) -> int:
    """Answer `docker manifest inspect IMAGE`; any other command fails with its name."""
    hub, rest = Hub(Path(arguments[0])), arguments[1:]
    if rest[:2] != ["manifest", "inspect"]:
        print(f"the stand-in for docker has no `docker {' '.join(rest)}`", file=sys.stderr)
        return 1
    for image in hub.read()["images"]:
        if image["tag"] == rest[2]:
            print(json.dumps({"schemaVersion": 2, "config": {"digest": image["digest"]}}))
            return 0
    print(f"manifest unknown: {rest[2]}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
