"""What a notebook reads, how, and which file that is here."""

import ast
from pathlib import Path
from typing import Any

import pytest

from idea.tables import NoData, Source, find_file, read_source, summarize
from tests.idea.program.test_static_values import Written

HEAD = """
import os
import pandas as pd
import seaborn as sns
from pathlib import Path
from sklearn.datasets import load_boston, load_iris, make_blobs
"""


def read(code: str) -> Source:
    """Read the call that is the code's last line."""
    before, _, call = code.rpartition("\n")
    node = ast.parse(call, mode="eval").body
    assert isinstance(node, ast.Call)
    return read_source(node, Written(HEAD + before))


PLACES = [
    ("pd.read_csv('data/a.csv')", "data/a.csv"),
    ("pd.read_csv(filepath_or_buffer='a.csv')", "a.csv"),
    ("name = 'a.csv'\npd.read_csv(name)", "a.csv"),
    ("pd.read_csv('data/' + 'a.csv')", "data/a.csv"),
    ("folder = 'data'\npd.read_csv(f'{folder}/a.csv')", "data/a.csv"),
    ("pd.read_csv('https://example.org/a.csv?raw=true')", "https://example.org/a.csv?raw=true"),
    ("pd.read_csv('/kaggle/input/some/a.csv')", "/kaggle/input/some/a.csv"),
    (r"pd.read_csv(r'C:\Users\me\a.csv')", r"C:\Users\me\a.csv"),
    ("pd.read_table('a.tsv')", "a.tsv"),
    ("pd.read_parquet('a.parquet')", "a.parquet"),
    ("pd.read_parquet(path='a.parquet')", "a.parquet"),
    ("pd.read_excel(io='a.xlsx')", "a.xlsx"),
    ("pd.read_json('a.json')", "a.json"),
    ("sns.load_dataset('iris')", "iris.csv"),
    ("load_iris()", "sklearn.datasets.load_iris"),
    ("load_iris(as_frame=True)", "sklearn.datasets.load_iris"),
]


@pytest.mark.parametrize(("code", "written"), PLACES)
def test_the_place_of_a_table(code: str, written: str) -> None:
    assert read(code).as_written == written


@pytest.mark.parametrize(
    "code",
    [
        "pd.read_csv(os.path.join('data', 'a.csv'))",
        "pd.read_csv(Path('data') / 'a.csv')",
        "folder = Path('data')\npd.read_csv(folder / 'a.csv')",
        "pd.read_csv(os.path.join(unknown, 'a.csv'))",
        "folder = Path().absolute().parents[1] / 'b'\npd.read_csv(str(folder / 'a.csv'), sep=';')",
        "pd.read_csv(unknown + '/a.csv')",
        "pd.read_csv(f'{unknown}/a.csv')",
    ],
)
def test_the_file_name_of_a_place_that_is_put_together(code: str) -> None:
    assert Path(read(code).as_written).name == "a.csv"


def test_a_file_without_a_known_ending() -> None:
    assert (
        read("folder = Path('b')\npd.read_csv(folder / 'shops.train')").as_written == "shops.train"
    )
    assert read("pd.read_csv(unknown + '/Messages', sep='\\t')").as_written == "/Messages"


OPTIONS: list[tuple[str, dict[str, Any]]] = [
    ("pd.read_csv('a')", {}),
    ("pd.read_csv('a', ';')", {"sep": ";"}),
    ("pd.read_csv('a', delimiter='\\t')", {"sep": "\t"}),
    ("pd.read_csv('a', header=None, names=['x', 'y'])", {"header": None, "names": ["x", "y"]}),
    ("n = ['x']\npd.read_csv('a', names=n)", {"names": ["x"]}),
    ("pd.read_csv('a', index_col=0, usecols=[0, 2])", {"index_col": 0, "usecols": [0, 2]}),
    ("pd.read_csv('a', encoding='latin-1')", {"encoding": "latin-1"}),
    ("pd.read_csv('a', na_values=['?', 'x'])", {"na_values": ["?", "x"]}),
    ("pd.read_csv('a', skiprows=2, nrows=9)", {"skiprows": 2, "nrows": 9}),
    ("pd.read_csv('a', low_memory=False, memory_map=True)", {}),
    ("pd.read_table('a')", {"sep": "\t"}),
    ("pd.read_table('a', sep=',')", {"sep": ","}),
    ("pd.read_parquet('a.parquet', engine='pyarrow')", {}),
    ("sns.load_dataset('tips')", {"sep": ","}),
]


@pytest.mark.parametrize(("code", "options"), OPTIONS)
def test_options_that_say_what_the_table_is(code: str, options: dict[str, Any]) -> None:
    assert dict(read(code).options) == options


def test_an_option_that_is_not_known_is_noted() -> None:
    source = read("pd.read_csv('a.csv', names=f())")
    assert source.notes == ("read_csv's names can't be read from the code",)


REFUSED = [
    ("make_blobs()", "make_blobs"),
    ("pd.read_csv()", "is not known"),
    ("pd.read_csv(f())", "is not known"),
]


@pytest.mark.parametrize(("code", "why"), REFUSED)
def test_what_can_not_be_carried_over_is_refused(code: str, why: str) -> None:
    with pytest.raises(NoData, match=why) as refusal:
        read(code)
    assert "dataset=" in str(refusal.value)
    assert "\n" not in str(refusal.value)


WRITTEN = [
    "a.csv",
    "./a.csv",
    "data/a.csv",
    "../data/a.csv",
    "/content/a.csv",
    "/content/drive/MyDrive/some where/a.csv",
    "../input/some-data/a.csv",
    "/kaggle/input/some-data/a.csv",
    r"C:\Users\me\Downloads\a.csv",
    r"data\a.csv",
    "https://example.org/raw/a.csv",
    "https://example.org/raw/a.csv?download=1",
    "A.CSV",
]


@pytest.mark.parametrize(
    "place", ["a.csv", "data/a.csv", "deep/er/a.csv", "../data/a.csv", "../a.csv"]
)
@pytest.mark.parametrize("written", WRITTEN)
def test_a_file_is_found_by_its_name_nearby(tmp_path: Path, written: str, place: str) -> None:
    notebook = tmp_path / "notebooks" / "idea.ipynb"
    notebook.parent.mkdir()
    file = (notebook.parent / place).resolve()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    (notebook.parent / "b.csv").touch()
    assert find_file(Source(written, "csv"), notebook).samefile(file)


def test_a_file_where_the_notebook_says_comes_first(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.csv").touch()
    found = find_file(Source("two/a.csv", "csv"), tmp_path / "idea.ipynb")
    assert found == tmp_path / "two" / "a.csv"


@pytest.mark.parametrize(
    "written",
    [
        "https://raw.githubusercontent.com/somebody/book/main/part%201/data/a.csv",
        r"D:\books\part 1\data\a.csv",
    ],
)
def test_the_end_of_an_address_is_a_place_around_the_notebook(tmp_path: Path, written: str) -> None:
    for folder in ("part 1/data", "part 2/other"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.csv").touch()
    found = find_file(Source(written, "csv"), tmp_path / "part 2" / "deep" / "idea.ipynb")
    assert found == tmp_path / "part 1" / "data" / "a.csv"


def test_a_file_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(NoData, match=r"there is no 'a\.csv' beside it") as refusal:
        find_file(Source("data/a.csv", "csv"), tmp_path / "idea.ipynb")
    assert "\n" not in str(refusal.value)


def test_hidden_folders_are_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "n" / ".venv").mkdir(parents=True)
    (tmp_path / "n" / ".venv" / "a.csv").touch()
    with pytest.raises(NoData):
        find_file(Source("a.csv", "csv"), tmp_path / "n" / "idea.ipynb")


TABLE = "a,b,c\n1,x,2.5\n2,y,\n3,x,4\n"
PEEKS = [
    (TABLE, {}, ["a", "b", "c"], "b", 3),
    (TABLE.replace(",", ";"), {"sep": ";"}, ["a", "b", "c"], "b", 3),
    (TABLE.replace(",", "\t"), {"sep": "\t"}, ["a", "b", "c"], "b", 3),
    ("a  b c\n1 x  2\n", {"sep": r"\s+"}, ["a", "b", "c"], "b", 1),
    ("a, b\n1, x\n", {"sep": ", "}, ["a", "b"], "b", 1),
    ("1,x\n2,y\n", {"header": None}, [0, 1], "1", 2),
    ("1,x\n2,y\n", {"header": None, "names": ["p", "q"]}, ["p", "q"], "q", 2),
    ("1,x\n2,y\n", {"names": ["p", "q"]}, ["p", "q"], "q", 2),
    (TABLE, {"header": 0, "names": ["p", "q", "r"]}, ["p", "q", "r"], "q", 3),
    (TABLE, {"index_col": 0}, ["b", "c"], "b", 3),
    (TABLE, {"index_col": "b"}, ["a", "c"], "", 3),
    (TABLE, {"index_col": ["a", "b"]}, ["c"], "", 3),
    (TABLE, {"index_col": False}, ["a", "b", "c"], "b", 3),
    (TABLE, {"usecols": ["a", "c"]}, ["a", "c"], "", 3),
    (TABLE, {"usecols": [0, 1]}, ["a", "b"], "b", 3),
    ("by me\n" + TABLE, {"skiprows": 1}, ["a", "b", "c"], "b", 3),
    ("a,a,a\n1,2,x\n", {}, ["a", "a.1", "a.2"], "a.2", 1),
    (",a\n0,1\n1,2\n", {}, ["Unnamed: 0", "a"], "", 2),
    ('a,b\n"1","x, y"\n', {}, ["a", "b"], "b", 1),
    ("a,b\n'1,0',2\n", {"quotechar": "'"}, ["a", "b"], "a", 1),
    ("a;b\n1,5;2\n", {"sep": ";", "decimal": ","}, ["a", "b"], "", 1),
    ("a\n\n1\n\n2\n", {}, ["a"], "", 2),
    ("\ufeffa,b\n1,2\n", {}, ["a", "b"], "", 1),
    ("a,b\n1,NA\n2,nan\n3,\n", {}, ["a", "b"], "", 3),
    ("a,b\n1,?\n2,5\n", {"na_values": "?"}, ["a", "b"], "", 2),
    ("a,b\n1,?\n2,-\n", {"na_values": ["?", "-"]}, ["a", "b"], "", 2),
    ("a,b\n1,1_000\n", {}, ["a", "b"], "b", 1),
    ('a,b\n1,"1,000"\n', {"thousands": ","}, ["a", "b"], "", 1),
    ("a,b\n1,1e-3\n2,inf\n", {}, ["a", "b"], "", 2),
    ("a,b\nx,1,2\ny,3,4\n", {}, ["a", "b"], "", 2),  # more cells than names: an index
    ("# me\na,b\n1,2\n", {"comment": "#"}, ["a", "b"], "", 1),
    ("a,b\n1,x # y\n# z\n", {"comment": "#"}, ["a", "b"], "b", 1),
    (TABLE, {"nrows": 2}, ["a", "b", "c"], "b", 2),
    ("a, b\n1, x\n", {"skipinitialspace": True}, ["a", "b"], "b", 1),
]


@pytest.mark.parametrize(("text", "options", "columns", "texts", "rows"), PEEKS)
def test_a_look_at_a_file(
    tmp_path: Path,
    text: str,
    options: dict[str, Any],
    columns: list[object],
    texts: str,
    rows: int,
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(text, encoding="utf-8")
    seen = summarize(file, Source("a.csv", "csv", options))
    assert list(seen.columns) == columns
    assert seen.texts == set(texts.split())
    assert seen.rows == rows


def test_different_values_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(TABLE, encoding="utf-8")
    assert summarize(file, Source("a.csv", "csv")).values == {"a": 3, "b": 2, "c": 2}


def test_an_encoding_is_kept_to(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("città,b\n1,2\n", encoding="latin-1")
    source = Source("a.csv", "csv", {"encoding": "latin-1"})
    assert summarize(file, source).columns == ("città", "b")
    with pytest.raises(NoData, match=r"a\.csv can't be read"):
        summarize(file, Source("a.csv", "csv"))
    with pytest.raises(NoData, match="can't be read"):
        summarize(file, Source("a.csv", "csv", {"encoding": "no such"}))


def test_a_table_of_scikit_learn_needs_no_file() -> None:
    seen = summarize(
        Path("sklearn.datasets.load_iris"), Source("sklearn.datasets.load_iris", "sklearn")
    )
    assert len(seen.columns) == 5
    assert seen.columns[-1] == "target"
    assert seen.rows == 150
    assert seen.values == {"target": 3}


@pytest.mark.xfail(strict=True, reason="it has no columns, and is said so only later")
def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.touch()
    with pytest.raises(NoData):
        summarize(file, Source("a.csv", "csv"))


def test_a_data_set_that_is_gone_is_named() -> None:
    with pytest.raises(NoData, match="load_boston, which scikit-learn no longer has"):
        read("load_boston()")
