"""Stands in for `docker` where a workflow asks a registry: it knows the images that were pushed."""

import sys
from pathlib import Path

from tests.github.hub import Hub

ASKED = ["buildx", "imagetools", "inspect"]


def main(arguments: list[str]) -> int:
    """Answer `docker buildx imagetools inspect IMAGE`; any other command fails with its name."""
    hub, rest = Hub(Path(arguments[0])), arguments[1:]
    if rest[:3] != ASKED or len(rest) != 4:
        print(f"the stand-in for docker has no `docker {' '.join(rest)}`", file=sys.stderr)
        return 1
    for image in hub.read()["images"]:
        if image["tag"] == rest[3]:
            print(f"Name:   {image['tag']}\nDigest: {image['digest']}")
            return 0
    print(f"ERROR: {rest[3]}: not found", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
