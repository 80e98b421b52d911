"""Compose conf/ into params.yaml, which `dvc repro` reads: `make params`.

With `--check` it only compares, and exits 1 where they differ.
"""

import sys
from pathlib import Path

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from .files import write_text
from .paths import CONF

PARAMS = Path("params.yaml")


def composed() -> str:
    """The text that `dvc exp run` would write to params.yaml."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config")
    OmegaConf.resolve(cfg)
    return OmegaConf.to_yaml(cfg)


def main(arguments: list[str]) -> int:
    """Write params.yaml, or with `--check` say whether it is what conf/ composes."""
    text = composed()
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
