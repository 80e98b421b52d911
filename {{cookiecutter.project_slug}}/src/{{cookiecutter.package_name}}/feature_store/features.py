"""`make features`: bring what the sources hold to the online store."""

import logging

from omegaconf import DictConfig

from ..tools.command import command
from .environment import run
from .sources import FOLDER, write_sources

log = logging.getLogger(__name__)


def features(cfg: DictConfig) -> None:
    """Write the sources, register their features, and materialise the newest values."""
    rows = write_sources(cfg)
    run("apply")
    names = ", ".join(sorted(path.stem for path in FOLDER.glob("*.parquet")))
    log.info("%s: %d keys are in the online store", names, rows[cfg.feature_store.key].nunique())
    print("Next: make feature-server, or make pipeline with data: feast in conf/config.yaml")


main = command(features)

if __name__ == "__main__":
    main()
