"""The report: its tables, its histograms, and the page that the notebook becomes."""

import re
import shutil
from contextlib import chdir
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from omegaconf import DictConfig

from {{ cookiecutter.package_name }}.data.schema import Column, Schema
from {{ cookiecutter.package_name }}.data.tables import read_table
from {{ cookiecutter.package_name }}.reporting import summary
from {{ cookiecutter.package_name }}.stages import findings, noticed, report
from {{ cookiecutter.package_name }}.tools import files, paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal

from conftest import ROOT, sampled

PAGE = paths.REPORTS / "report.html"
ODD = pd.DataFrame(
    {
        "price in $ and $": [1.0, np.inf, None, *range(27)],
        "same": [10**17] * 30,
        "near": range(10**17, 10**17 + 30),
        "day": pd.date_range("2024-01-01", periods=30, tz="UTC"),
        "yes": [True, None] * 15,
        "empty": [None] * 30,
        "kind": [f"a rather long name of a kind {n % 15}" for n in range(30)],
        "words": ["some words"] * 30,
    }
)
ODD_SCHEMA = Schema(
    target="kind",
    task="multiclass",
    columns=(
        Column("price in $ and $", "number", nullable=True),
        Column("same", "integer"),
        Column("near", "integer"),
        Column("day", "datetime"),
        Column("yes", "boolean", nullable=True),
        Column("empty", "category", nullable=True),
        Column("kind", "category"),
        Column("words", "text"),
        Column("absent", "number"),
    ),
)


@pytest.fixture(scope="module")
def finished(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the folder in which the pipeline has run, with the report."""
    folder = tmp_path_factory.mktemp("finished")
    shutil.copytree(trained, folder, dirs_exist_ok=True)
    (folder / "notebooks").mkdir()
    shutil.copy(ROOT / report.NOTEBOOK, folder / "notebooks")
    with chdir(folder):
        report.report(titled())
    return folder


@pytest.fixture
def page(finished: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The report's text; its folder is the current one."""
    monkeypatch.chdir(finished)
    return PAGE.read_text(encoding="utf-8")


def titled() -> DictConfig:
    cfg = sampled()
    cfg.title = "Fish & <b>chips</b>, $1"
    return cfg


def test_the_page_shows_scores_plots_data_and_configuration(page: str, schema: Schema) -> None:
    assert "<h1>Fish &amp; &lt;b&gt;chips&lt;/b&gt;, $1</h1>" in page
    for name, value in files.read_json(paths.REPORTS / "metrics.json").items():
        assert re.search(rf"<th>{name}</th>\s*<td>{value:.4f}</td>", page)
    pictures = {path.stem for path in (paths.REPORTS / "plots").glob("*.png")}
    shown = re.findall(r'<img alt="([^"]+)"', page)
    assert set(shown) == pictures | {"A histogram of each column"}
    for column in schema.columns:
        assert f"<th>{escape(column.name, quote=False)}</th>" in page
    assert titled().model.estimator["_target_"] in page
    assert "import pandas" not in page


def test_the_page_shows_what_was_noticed(page: str, schema: Schema) -> None:
    found = findings.findings(findings.look_at(read_table(paths.TABLE), schema, titled()))
    shown = page.partition("What was noticed")[2].partition("The configuration")[0]
    assert re.findall("<h3>(.*?)</h3>", shown) == [
        escape(finding.title) for finding in found[: noticed.MOST]
    ]
    assert found or "Nothing stands out." in shown


def test_the_page_loads_nothing(page: str) -> None:
    assert not re.search(r"<(script|link|iframe)|@import|url\(", page)
    assert all(source.startswith("data:") for source in re.findall(r'src="([^"]*)', page))
    assert all(link.startswith("#") for link in re.findall(r'href="([^"]*)', page))


@pytest.mark.slow
def test_the_same_run_gives_the_same_page(page: str) -> None:
    report.report(titled())
    assert PAGE.read_text(encoding="utf-8") == page


def test_a_cell_that_fails_is_refused_in_one_line(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    (paths.REPORTS / "metrics.json").unlink()
    before = PAGE.read_bytes()
    with pytest.raises(Refusal) as refusal:
        report.report(sampled())
    assert re.fullmatch(r"notebooks/report\.ipynb, cell \d+: .*metrics\.json.*", str(refusal.value))
    assert PAGE.read_bytes() == before


def test_facts_and_scores_are_those_of_the_run(
    trained: Path, schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(trained)
    facts = summary.facts(sampled(), schema)["value"]
    assert facts["predicts"] == f"{schema.target} ({schema.task})"
    assert facts["rows to test"] == len(read_table(paths.TEST))
    metrics = files.read_json(paths.REPORTS / "metrics.json")
    assert list(summary.scores().index) == list(metrics)


def test_slices_have_a_row_a_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = {"island": {"Dream": {"rows": 12, "r2": 0.5}}}
    files.write_json(paths.REPORTS / "evaluation.json", {"slices": found})
    assert summary.slices().loc["island = Dream"].to_dict() == {"rows": "12", "r2": "0.5000"}


def test_a_profile_has_a_row_a_column(trained: Path, schema: Schema) -> None:
    table = read_table(trained / paths.TABLE)
    found = summary.profile(table, schema)
    assert list(found.index) == list(table)
    assert list(found.columns) == ["type", "missing", "distinct", "values"]
    assert found.loc[schema.target, "distinct"] == table[schema.target].nunique()


def test_an_odd_table_has_a_profile_and_histograms() -> None:
    found = summary.profile(ODD, ODD_SCHEMA)["values"]
    assert found["price in $ and $"] == "0 to 26, median 12.5"
    assert found["same"] == "1e+17 to 1e+17, median 1e+17"
    assert found["day"] == "2024-01-01 to 2024-01-30"
    assert found["yes"] == "True (15)"
    assert found["empty"] == ""
    assert found["kind"].startswith("a rather long name of a… (2), ")
    assert found["kind"].endswith("and 12 more")
    assert found["words"] == ""
    assert summary.histograms(ODD, ODD_SCHEMA).startswith(b"\x89PNG")
