"""A notebook's cells as one program."""

import ast
from pathlib import Path

import pytest

from idea.notebooks import read_notebook
from idea.program import read_script
from tests.idea.analysis.notebooks import notebook

READ = "df = pd.read_csv('a.csv')"
BLOCKS = [
    f"try:\n    {READ}\nexcept FileNotFoundError:\n    print('none')",
    f"try:\n    {READ}\nexcept FileNotFoundError:\n    df = pd.read_csv('b.csv')",
    f"if os.path.exists('a.csv'):\n    {READ}\nelse:\n    df = pd.read_csv('b.csv')",
    f"if 'google.colab' in sys.modules:\n    files.upload()\nelse:\n    {READ}",
    f"try:\n    if True:\n        {READ}\nfinally:\n    print('read')",
]


@pytest.mark.parametrize("block", BLOCKS)
def test_the_branch_that_reads_the_table_runs(tmp_path: Path, block: str) -> None:
    path = notebook(tmp_path, f"import os, sys\nimport pandas as pd\n{block}\ny = df['y']")
    steps = read_script(read_notebook(path)).program.steps
    load = next(step for step in steps if step.role == "load")
    assert ast.unparse(load.node) == READ
    assert not any(isinstance(step.node, ast.Try | ast.If) for step in steps)


def test_a_branch_that_reads_no_table_stays_a_branch(tmp_path: Path) -> None:
    code = "import pandas as pd\n" + READ + "\nif len(df) > 3:\n    df = df[df.a > 1]"
    steps = read_script(read_notebook(notebook(tmp_path, code))).program.steps
    assert isinstance(steps[-1].node, ast.If)
