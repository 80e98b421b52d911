"""Reading the raw table: what is understood, and what is refused in one line."""

from pathlib import Path

import pandas as pd
import pytest
from omegaconf import DictConfig, OmegaConf

from {{ cookiecutter.package_name }}.data.tables import read_raw, read_table
from {{ cookiecutter.package_name }}.stages import ingest
from {{ cookiecutter.package_name }}.stages.ingest import read_prepared
from {{ cookiecutter.package_name }}.tools.errors import Refusal


def options(path: Path, **read: object) -> DictConfig:
    kind = "parquet" if path.suffix == ".parquet" else "csv"
    return OmegaConf.create({"path": str(path), "format": kind, "read": read, "target": "y"})


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separated_values_are_read(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"x{separator}y\n1.5{separator}a\n{separator}b\n", encoding="utf-8")
    table = read_raw(options(path, sep=separator))
    assert table["x"].isna().tolist() == [False, True]
    assert table["y"].tolist() == ["a", "b"]


def test_parquet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"x": [1, 2], "y": [True, False]}).to_parquet(path)
    assert read_raw(options(path))["y"].tolist() == [True, False]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"x,y\n", "has a header but no rows"),
        (b"x;y\n1;2\n", "seem to be separated by ';'"),
        (b"x,x,y\n1,2,3\n", "several columns named x"),
        (b"x,y\ncaf\xe9,1\n", "set data.read.encoding"),
        (b"x,y\n1,2\n1,2,3,4\n", "can't be read"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(Refusal, match=said) as refusal:
        read_raw(options(path, sep=","))
    assert "\n" not in str(refusal.value)


def test_a_table_without_the_target_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "prepare", lambda table: table)
    path = tmp_path / "table.csv"
    path.write_text("x,z\n1,2\n", encoding="utf-8")
    with pytest.raises(Refusal, match="no column 'y'"):
        read_prepared(options(path, sep=","))


def test_what_prepare_leaves_is_what_is_learned_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,y\n1,2\n3,4\n", encoding="utf-8")
    monkeypatch.setattr(ingest, "prepare", lambda table: table[table["x"] > 1])
    assert len(read_prepared(options(path, sep=","))) == 1
    monkeypatch.setattr(ingest, "prepare", lambda table: table[table["x"] > 9])
    with pytest.raises(Refusal, match="leaves none of the 2 rows"):
        read_prepared(options(path, sep=","))
    monkeypatch.setattr(ingest, "prepare", lambda table: table["missing"])
    with pytest.raises(Refusal, match="can't work on"):
        read_prepared(options(path, sep=","))


def test_a_column_of_lists_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"tags": [["a"], ["b"]], "y": [1, 2]}).to_parquet(path)
    with pytest.raises(Refusal, match="'tags' holds lists"):
        read_raw(options(path))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="dvc pull"):
        read_raw(options(tmp_path / "table.csv"))
    with pytest.raises(Refusal, match="make pipeline"):
        read_table(tmp_path / "table.parquet")


def test_names_of_a_table_without_header(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("1,2\n3,4\n", encoding="utf-8")
    table = read_raw(options(path, sep=",", header=None, names=["x", "y"]))
    assert table["y"].tolist() == [2, 4]
