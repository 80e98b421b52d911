"""Predictions for files: as the pipeline gives them, in chunks, whatever the format."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from {{ cookiecutter.package_name }} import predict
from {{ cookiecutter.package_name }}.data.schema import Schema
from {{ cookiecutter.package_name }}.data.tables import read_table
from {{ cookiecutter.package_name }}.model import model_file
from {{ cookiecutter.package_name }}.runtime import batch
from {{ cookiecutter.package_name }}.tools import paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal

from conftest import ROOT


@pytest.fixture
def here(trained: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with the candidate, which is the current one."""
    monkeypatch.chdir(trained)
    return trained


def asked(source: Path, target: Path, *overrides: str) -> DictConfig:
    """The configuration of the command."""
    files = (f"input={source}", f"output={target}")
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("predict", [*files, "serving.model=candidate", *overrides])
    cfg.data.read = {}
    return cfg


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, sep="\t" if path.suffix == ".tsv" else ",", dtype=str)


@pytest.mark.parametrize("runtime", ["auto", "scikit-learn"])
@pytest.mark.parametrize("suffixes", [(".parquet", ".csv"), (".csv", ".parquet"), (".tsv", ".tsv")])
def test_every_row_is_answered_as_the_pipeline_answers_it(
    here: Path, tmp_path: Path, schema: Schema, suffixes: tuple[str, str], runtime: str
) -> None:
    table = read_table(paths.TEST)
    source, target = tmp_path / f"rows{suffixes[0]}", tmp_path / f"answers{suffixes[1]}"
    if source.suffix == ".parquet":
        table.to_parquet(source, index=False)
    else:
        table.to_csv(source, sep="\t" if source.suffix == ".tsv" else ",", index=False)
    predict.predict(asked(source, target, "chunk_rows=7", f"serving.runtime={runtime}"))
    found = read(target)
    pipeline = model_file.load_pipeline(paths.CANDIDATE / "pipeline.skops")
    X = table[schema.features]
    expected, name = pipeline.predict(X), f"predicted_{schema.target}"
    assert len(found) == len(table)
    if schema.task == "regression":
        assert found[name].astype(float).tolist() == pytest.approx(expected.tolist(), rel=1e-9)
        assert (found[f"{schema.target}_low"].astype(float) < found[name].astype(float)).all()
        return
    assert found[name].astype(str).tolist() == [str(label) for label in expected.tolist()]
    for label, chances in zip(pipeline.classes_, pipeline.predict_proba(X).T, strict=True):
        told = found[f"probability_{label}"].astype(float)
        assert told.tolist() == pytest.approx(chances.tolist(), rel=1e-9, abs=1e-15)


def test_a_bad_cell_is_named_and_nothing_is_written(
    here: Path, tmp_path: Path, schema: Schema
) -> None:
    name = next((n for n in schema.features if schema[n].type in ("number", "integer")), None)
    if name is None:
        pytest.skip("no number among the features")
    table = read_table(paths.TEST).astype({name: "object"})
    table.loc[table.index[5], name] = "lots"
    source, target = tmp_path / "rows.csv", tmp_path / "answers.csv"
    table.to_csv(source, index=False)
    with pytest.raises(Refusal, match=f"row 5, {name}: expected a .*, not 'lots'"):
        predict.predict(asked(source, target, "chunk_rows=4"))
    assert not target.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


def test_a_missing_column_is_named(here: Path, tmp_path: Path, schema: Schema) -> None:
    name = next((n for n in schema.features if not schema[n].nullable), None)
    if name is None:
        pytest.skip("every feature may be missing")
    source = tmp_path / "rows.parquet"
    read_table(paths.TEST).drop(columns=name).to_parquet(source)
    with pytest.raises(Refusal, match=f"row 0, {name}: expected .*, not nothing"):
        predict.predict(asked(source, tmp_path / "answers.csv"))


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_other_columns_come_along_as_they_are(
    here: Path, tmp_path: Path, schema: Schema, suffix: str
) -> None:
    table = read_table(paths.TEST).head(20)
    notes = pd.Series([None] * 10 + ["007", "late"] * 5, table.index, dtype="object")
    source, target = tmp_path / f"rows{suffix}", tmp_path / "answers.parquet"
    table = table.assign(note=notes)
    table.to_csv(source, index=False) if suffix == ".csv" else table.to_parquet(source)
    predict.predict(asked(source, target, "chunk_rows=6"))
    found = read(target)
    assert found["note"].tolist()[10:] == notes.tolist()[10:]
    assert found["note"].isna().sum() == 10
    for name in schema.features:
        assert found[name].dtype.kind == table[name].dtype.kind or found[name].isna().any()


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_all_cores_answer_in_order(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    source = tmp_path / "rows.csv"
    read_table(paths.TEST).to_csv(source, index=False)
    alone, together = tmp_path / f"alone{suffix}", tmp_path / f"together{suffix}"
    predict.predict(asked(source, alone, "chunk_rows=5", "workers=1"))
    monkeypatch.setattr(batch, "WORTH", 0)
    predict.predict(asked(source, together, "chunk_rows=5", "workers=2"))
    assert together.read_bytes() == alone.read_bytes()


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_after_a_kill_it_goes_on_where_it_was(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    source, target = tmp_path / "rows.csv", tmp_path / f"answers{suffix}"
    read_table(paths.TEST).to_csv(source, index=False)
    predict.predict(asked(source, tmp_path / f"whole{suffix}", "chunk_rows=4"))
    answer = batch.answered
    answered: list[pd.DataFrame] = []

    def killed(table: pd.DataFrame, *rest: Any) -> pd.DataFrame:
        if len(answered) == 3:
            raise KeyboardInterrupt
        answered.append(table)
        return answer(table, *rest)

    monkeypatch.setattr(batch, "answered", killed)
    with pytest.raises(KeyboardInterrupt):
        predict.predict(asked(source, target, "chunk_rows=4"))
    assert not target.exists()
    answered[:] = [pd.DataFrame()] * 4  # the third is passed
    predict.predict(asked(source, target, "chunk_rows=4"))
    assert len(answered) - 4 == -(-len(read_table(paths.TEST)) // 4) - 3
    assert target.read_bytes() == (tmp_path / f"whole{suffix}").read_bytes()
    assert not list(tmp_path.glob("*.parts"))


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_without_rows_is_refused(here: Path, tmp_path: Path, suffix: str) -> None:
    source = tmp_path / f"rows{suffix}"
    table = read_table(paths.TEST).head(0)
    table.to_csv(source, index=False) if suffix == ".csv" else table.to_parquet(source)
    with pytest.raises(Refusal, match="has no rows"):
        predict.predict(asked(source, tmp_path / "answers.csv"))
    assert not (tmp_path / "answers.csv").exists()


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("nowhere.csv", "answers.csv", "is not there"),
        ("rows.xlsx", "answers.csv", "neither .csv nor"),
        ("rows.csv", "answers.txt", "neither .csv nor"),
    ],
)
def test_what_can_t_be_read_or_written_is_refused(
    here: Path, tmp_path: Path, source: str, target: str, reason: str
) -> None:
    with pytest.raises(Refusal, match=reason):
        predict.predict(asked(tmp_path / source, tmp_path / target))
