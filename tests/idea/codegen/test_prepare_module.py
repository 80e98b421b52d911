"""`prepare.py` as it is written from a notebook."""

from pathlib import Path

import pytest

from idea.codegen.prepare_module import prepare_module
from tests.idea.analysis.notebooks import FIT, analysed


@pytest.mark.parametrize(
    ("target", "given"),
    [("label", "label="), ("class", "**{'class': "), ("the label", "**{'the label': ")],
)
def test_a_target_of_any_name_is_assigned(people: Path, target: str, given: str) -> None:
    code = f"X = df[['age']]\ndf['{target}'] = df['churn'] > 0\ny = df['{target}'].values\n"
    written = prepare_module(analysed(people, code, FIT), "idea.ipynb", target).text
    assert f"table.assign({given}" in written.replace('"', "'")
    compile(written, "prepare.py", "exec")
