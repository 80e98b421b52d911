"""A notebook's cells as one program."""

import ast
import zipfile
from pathlib import Path

import pytest

from idea.analysis import read_idea
from idea.analysis.unneeded import needed_files
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


def test_a_table_is_read_from_a_file_that_a_block_opens(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("in/a.csv", "a,y\n1,0\n2,1\n3,0\n4,1\n")
    code = (
        "import zipfile\nimport pandas as pd\nfrom sklearn.linear_model import LinearRegression\n"
        "with zipfile.ZipFile('all.zip') as whole:\n    with whole.open('in/a.csv') as file:\n"
        "        df = pd.read_csv(file)\nLinearRegression().fit(df[['a']], df['y'])"
    )
    found = read_idea(notebook(tmp_path, code))
    assert found.path.read_text(encoding="utf-8").startswith("a,y")
    # The notebook's own cells open the archive, where they are compared.
    assert found.source.as_written == "in/a.csv"
    assert [(each.as_written, each.name) for each in needed_files(found)] == [
        ("all.zip", "all.zip")
    ]
    assert (found.reading.target.column, found.reading.used) == ("y", ("a",))
