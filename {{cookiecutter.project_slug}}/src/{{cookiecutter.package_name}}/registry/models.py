"""`make models`: versions and their stages."""

from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table

from ..tools.command import command
from .base import registry


def show(cfg: DictConfig) -> None:
    """Print a table of all versions, newest first."""
    listing = Table("version", "stage", "made from", title=str(cfg.name))
    for version in reversed(registry(cfg).versions()):
        listing.add_row(version.name, version.stage or "-", version.source)
    if listing.row_count:
        Console().print(listing)
    else:
        print("No version is registered yet. Next: make promote")


main = command(show)

if __name__ == "__main__":
    main()
