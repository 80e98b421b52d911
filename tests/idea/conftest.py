"""The table that the notebooks of these tests read."""

from pathlib import Path

import pytest

from tests.idea.analysis.notebooks import COLUMNS


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Write the table that the notebooks of this file read; give its folder."""
    rows = [f"{n},{20 + n},{n * 1.5},{'ab'[n % 2]},{n % 3 // 2}" for n in range(60)]
    lines = [",".join(COLUMNS), *rows]
    (tmp_path / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path
