"""Fixtures for attacks: a repo in production, its service, and rows to send it.

The repo is made once in a test run (`production`, in tests/conftest.py): seattle-rain, the package
`rain`, a forest of 20 trees that is v0.0.1 and in production, no tracker, a lenient gate. Here are:

- `repo`, a copy for a module: tests may serve it and run what only reads, but change no file of it;
- `service`, that copy's service with the settings as they come, also for a module;
- `rows`, its test rows as a client sends them;
- `own`, a copy for one test, in a second: change what you like.

A copy has a `.venv` (the shared environment's packages), so `make` and `serving` work in it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environment import copy_of
from tests.rendered import RenderedRepo
from tests.served import Row, Service, rows_of, serving


@pytest.fixture(scope="module")
def repo(
    environment: Path, production: RenderedRepo, tmp_path_factory: pytest.TempPathFactory
) -> RenderedRepo:
    """Give a copy that no test changes."""
    return copy_of(production, tmp_path_factory.mktemp("attacked"), environment)


@pytest.fixture(scope="module")
def service(repo: RenderedRepo) -> Iterator[Service]:
    """Give its service."""
    with serving(repo) as running:
        yield running


@pytest.fixture(scope="session")
def rows(production: RenderedRepo) -> list[Row]:
    """Give the test rows, as a client sends them."""
    return rows_of(production, "rain_tomorrow")


@pytest.fixture
def own(environment: Path, production: RenderedRepo, tmp_path: Path) -> RenderedRepo:
    """Give a copy for this test alone."""
    return copy_of(production, tmp_path, environment)
