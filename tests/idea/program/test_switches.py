"""Branches that a constant decides."""

import ast
from pathlib import Path

import pytest

from idea.notebooks import read_notebook
from idea.program import read_script
from tests.idea.analysis.notebooks import notebook


def nodes(folder: Path, *cells: str) -> list[str]:
    """Give the statements of a notebook's program."""
    steps = read_script(read_notebook(notebook(folder, *cells))).program.steps
    return [ast.unparse(step.node) for step in steps]


@pytest.mark.parametrize(
    ("value", "test", "runs"),
    [
        ("False", "SEARCH", "b = 2"),
        ("True", "not SEARCH", "b = 2"),
        ("0", "SEARCH > 0", "b = 2"),
        ("'all'", "SEARCH == 'all'", "a = 1"),
    ],
)
def test_the_branch_that_a_constant_decides_on_runs(
    tmp_path: Path, value: str, test: str, runs: str
) -> None:
    found = nodes(tmp_path, f"SEARCH = {value}", f"if {test}:\n    a = 1\nelse:\n    b = 2")
    assert found[1:] == [runs]


@pytest.mark.parametrize(
    "before",
    [
        "SEARCH = False\nSEARCH = True",
        "for SEARCH in [False, True]:\n    pass",
        "SEARCH = ask()",
        "SEARCH = False\ndef turn():\n    global SEARCH\n    SEARCH = True",
    ],
)
def test_a_branch_that_no_constant_decides_on_stays(tmp_path: Path, before: str) -> None:
    branch = "if SEARCH:\n    a = 1"
    assert nodes(tmp_path, before, branch)[-1] == branch
