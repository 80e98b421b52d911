"""Compose conf/ into params.yaml, which `dvc repro` reads: `make params`.

With `--check` it only compares, and exits 1 where they differ.
"""

import sys
from pathlib import Path

from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from .config import check_targets, composed
from .errors import Refusal
from .files import write_text

PARAMS = Path("params.yaml")


def as_yaml() -> str:
    """The text that `dvc exp run` would write to params.yaml."""
    return OmegaConf.to_yaml(composed())


def main(arguments: list[str]) -> int:
    """Write params.yaml, or with `--check` say whether it is what conf/ composes."""
    try:
        cfg = composed()
        if "--check" in arguments:
            check_targets(cfg)
    except (Refusal, HydraException, OmegaConfBaseException) as error:
        print(f"Refused: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    text = OmegaConf.to_yaml(cfg)
    if PARAMS.exists() and PARAMS.read_text(encoding="utf-8") == text:
        return 0
    if "--check" in arguments:
        print("params.yaml is not what conf/ composes: run `make params` and commit it")
        return 1
    write_text(PARAMS, text)
    print("params.yaml composed from conf/")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
