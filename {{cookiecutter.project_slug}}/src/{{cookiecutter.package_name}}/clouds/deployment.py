"""What every cloud's script has in common: its verbs, its specification, and what it refuses.

It runs in an environment of the cloud's own library, so it imports nothing but errors from here.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from string import Template
from typing import Any, Protocol

import yaml

from ..tools.errors import Refusal, brief

LONGEST = 40  # characters of an environment's name; clouds allow 32 to 63 with what follows


class Cloud(Protocol):
    """An endpoint of one name, and what trains."""

    def current(self) -> str:
        """The image that answers; empty if there is no endpoint."""
        ...

    def former(self) -> str:
        """The image that answered before it, if that is known."""
        ...

    def put(self, image: str, former: str) -> None:
        """Create or update model and endpoint, and wait until the image answers.

        Args:
            image: that shall answer.
            former: to note as the one before it.
        """
        ...

    def ask(self, rows: bytes) -> bytes:
        """The answer to rows in JSON."""
        ...

    def train(self, values: Mapping[str, str]) -> str:
        """Run the training job to its end.

        Args:
            values: of its specification.

        Returns:
            The job's name.
        """
        ...


def setting(name: str) -> str:
    """A setting from the environment.

    Raises:
        Refusal: if it is not set.
    """
    if not os.environ.get(name):
        raise Refusal(f"{name} is not set: export {name}=…; deploy/README.md lists the settings")
    return os.environ[name]


def specification(file: Path, **values: str) -> Any:
    """A specification with its `${NAME}` replaced, by these values or by environment variables.

    Its `${ID}` is a name that ends with a hash of all else, so each state has its own object.

    Raises:
        Refusal: if a name has no value.
    """
    known = {**os.environ, **values}
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    plain = _filled(content, file, {**known, "ID": ""})
    digest = hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:8]
    return _filled(content, file, {**known, "ID": f"{values.get('NAME', 'm')[:LONGEST]}-{digest}"})


def _filled(node: Any, file: Path, values: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _filled(value, file, values) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled(value, file, values) for value in node]
    if not isinstance(node, str):
        return node
    try:
        return Template(node).substitute(values)
    except KeyError as error:
        name = error.args[0]
        raise Refusal(f"{file} needs {name}, which is not set: export {name}=…") from None


def undo(cloud: Cloud, wanted: str) -> None:
    """Bring back what ran before; with an image, only if that is what runs."""
    runs, former = cloud.current(), cloud.former()
    if wanted and wanted != runs:
        print(f"nothing to undo: {runs or 'nothing'} is there, not {wanted}")
    elif former in ("", runs):
        print(f"nothing is known to have run there before {runs}")
    else:
        cloud.put(former, runs)
        print(f"{former} runs again")


def put(cloud: Cloud, image: str) -> None:
    """Deploy an image, and remember the one before it."""
    runs = cloud.current()
    cloud.put(image, runs if runs != image else cloud.former())


def job() -> dict[str, str]:
    """The values of a training job: the commit, from where to clone it, and a name.

    Raises:
        Refusal: if the commit is not what is here, or nobody else could clone it.
    """
    if _git("status", "--porcelain"):
        raise Refusal("there are changes that no commit holds: commit and push them")
    commit = _git("rev-parse", "HEAD")
    source = os.environ.get("SOURCE") or _git("config", "remote.origin.url")
    if not source:
        raise Refusal("there is no remote to clone from: git remote add origin …, or SOURCE=…")
    name = f"train-{commit[:7]}-{time.strftime('%Y%m%d%H%M%S', time.gmtime())}"
    return {"JOB": name, "COMMIT": commit, "SOURCE": source}


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def main(connect: Callable[[str], Cloud], errors: tuple[type[Exception], ...]) -> None:
    """Obey the command line; exit with 1 and one line after a refusal, the cloud's own too.

    Args:
        connect: makes the cloud's endpoint of a name.
        errors: that the cloud's library raises.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", choices=["deploy", "undo", "current", "ask", "train"])
    parser.add_argument("name", help="of the endpoint", nargs="?", default="")
    options = parser.parse_args()
    image, tag = os.environ.get("IMAGE"), os.environ.get("TAG")
    wanted = f"{image}:{tag}" if image and tag else ""
    try:
        cloud = connect(options.name)
        match options.verb:
            case "deploy":
                put(cloud, wanted or f"{setting('IMAGE')}:{setting('TAG')}")
            case "undo":
                undo(cloud, wanted)
            case "current":
                print(cloud.current())
            case "ask":
                print(cloud.ask(sys.stdin.buffer.read()).decode())
            case "train":
                print(f"{cloud.train(job())} is done. Next: dvc repro --pull")
    except Refusal as refusal:
        sys.exit(f"Refused: {refusal}")
    except errors as error:
        sys.exit(f"Refused: {brief(error)}")
