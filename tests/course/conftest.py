"""Fixtures: the invented labs, and a course that was built of them."""

from pathlib import Path

import pytest

from course.build import build
from course.lab import Lab, read_labs
from tests.course.invented import LABS, solution, write


@pytest.fixture(scope="session")
def invented_labs(tmp_path_factory: pytest.TempPathFactory) -> list[Lab]:
    """Give two small labs. Tests only read them."""
    return read_labs(write(tmp_path_factory.mktemp("labs"), LABS))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, invented_labs: list[Lab]) -> Path:
    """Give the folder of a small course. Tests only read it."""
    folder = tmp_path_factory.mktemp("built")
    build(invented_labs, folder / "course", solution(folder / "shop"), {})
    return folder / "course"
