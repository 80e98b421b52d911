"""What all workers of a test run share: made once, by the first that asks."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

# Gives the folder of a name, which the function has filled.
Share = Callable[[str, Callable[[Path], object]], Path]


def once(
    factory: pytest.TempPathFactory, worker: str, name: str, make: Callable[[Path], object]
) -> Path:
    """Make a folder that all workers of a test run share.

    Args:
        factory: of the worker's temporary folders.
        worker: pytest-xdist's name of this worker; "master" without workers.
        name: the folder's.
        make: fills the empty folder; called in one worker only, while the others wait.

    Returns:
        The folder.
    """
    base = factory.getbasetemp()
    folder = (base if worker == "master" else base.parent) / "shared" / name
    folder.parent.mkdir(exist_ok=True)
    done = folder.with_name(f"{name}.done")
    with FileLock(f"{folder}.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of one that failed
            folder.mkdir()
            make(folder)
            done.touch()
    return folder
