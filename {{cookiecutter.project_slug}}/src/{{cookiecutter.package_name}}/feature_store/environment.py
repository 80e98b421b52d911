"""Feast in its own environment, .feast: it pins other versions of what the pipeline needs."""

import os
import subprocess
from pathlib import Path

from ..tools.errors import Refusal

PYTHON = Path(".feast/bin/python")
SOURCE = Path(__file__).parents[2]
SCRIPT = f"{__package__}.in_feast"


def run(*words: str) -> None:
    """Have Feast do something.

    Args:
        words: of `in_feast`.

    Raises:
        Refusal: if it is not installed, or says that it can't.
    """
    if not PYTHON.exists():
        raise Refusal("Feast has no environment here yet: make .feast/.done")
    done = subprocess.run(
        [PYTHON, "-W", "ignore", "-m", SCRIPT, *words],
        env={**os.environ, "PYTHONPATH": str(SOURCE), "FEAST_USAGE": "False"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it does not say why"])[-1]
        raise Refusal(f"Feast can't {words[0]}: {said}")
