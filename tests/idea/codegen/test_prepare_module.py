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


def test_a_function_that_needs_a_value_of_the_table_stands_in_its_step_only(people: Path) -> None:
    code = (
        "means = list(df.groupby('plan')['age'].mean())\n"
        "def filled(row):\n    return means[0] if row.iloc[0] < 22 else row.iloc[0]\n"
        "df['age'] = df[['age', 'income']].apply(filled, axis=1)\ndf.dropna(inplace=True)\n"
        "X = df[['age']]\ny = df['churn']\n"
    )
    written = prepare_module(analysed(people, code, FIT), "idea.ipynb", "churn").text
    assert written.count("def filled(") == 1
    assert "\ndef filled(" not in written
