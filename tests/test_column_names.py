"""No name of a column breaks training, the service, its log, monitoring, files or the app."""

import shutil
from pathlib import Path

import pytest

from tests.at_work import said
from tests.environment import lend
from tests.rendered import render

PROPERTY = Path(__file__).with_name("column_names.py")


@pytest.mark.slow
def test_no_name_of_a_column_breaks_anything(tmp_path: Path, environment: Path) -> None:
    repo = render(tmp_path, project_name="Names", package_name="names")
    lend(environment, repo)
    shutil.copy(PROPERTY, repo.path / "tests" / "test_column_names.py")
    said(repo, "pytest", "-q", "-p", "no:cacheprovider", "tests/test_column_names.py")
