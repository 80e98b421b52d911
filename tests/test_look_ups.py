"""A second table of a notebook, in which it looks something up, as a second raw file."""

import zipfile

import pytest
import yaml

from tests.idea.analysis.notebooks import notebook
from tests.rendered import RenderedRepo, render

CELLS = (
    "import pandas as pd\nfrom sklearn.linear_model import LinearRegression\n"
    "df = pd.read_csv('shops.csv')\nareas = pd.read_csv('where/Areas.csv', sep=';')",
    "df = df.merge(areas, on='area').drop(columns='area')\n"
    "X, y = df.drop(columns='sales'), df['sales']\nmodel = LinearRegression().fit(X, y)",
)


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Give the repo of a notebook that looks something up in a table from an archive."""
    folder = tmp_path_factory.mktemp("shops")
    rows = [f"{'abc'[n % 3]},{n % 7},{n % 7 + 2 * (n % 3)}" for n in range(60)]
    (folder / "shops.csv").write_text("\n".join(["area,size,sales", *rows]), encoding="utf-8")
    with zipfile.ZipFile(folder / "data.zip", "w") as archive:
        archive.writestr("some/Areas.csv", "area;people\na;10\nb;20\nc;30\n")
    return render(folder / "out", project_name="shops", notebook=str(notebook(folder, *CELLS)))


def test_it_is_a_raw_file_that_dvc_tracks(repo: RenderedRepo) -> None:
    assert repo.read("data/raw/areas.csv").startswith("area;people")
    assert yaml.safe_load(repo.read("data/raw/areas.csv.dvc"))["outs"][0]["path"] == "areas.csv"
    assert "/data/raw/areas.csv\n" in repo.read(".gitignore")
    stages = yaml.safe_load(repo.read("dvc.yaml"))["stages"]
    reading = [name for name, stage in stages.items() if "data/raw/areas.csv" in stage["deps"]]
    assert reading == ["ingest", "parity", "train"]


def test_steps_read_it_while_fitting(repo: RenderedRepo) -> None:
    features, prepare = repo.read("src/shops/features.py"), repo.read("src/shops/prepare.py")
    assert 'learn("areas.csv", lambda: pd.read_csv(look_up("areas.csv"), sep=";"))' in features
    assert 'pd.read_csv(look_up("areas.csv"), sep=";")' in prepare
    assert "def look_up(" in repo.read("src/shops/tools/look_ups.py")


def test_tests_have_it_without_dvc(repo: RenderedRepo) -> None:
    assert repo.read("tests/raw/areas.csv") == repo.read("data/raw/areas.csv")
    assert "def tables_beside(" in repo.read("tests/conftest.py")


def test_parity_finds_it_and_the_document_names_it(repo: RenderedRepo) -> None:
    data = yaml.safe_load(repo.read("notebooks/parity.yaml"))["data"]
    assert data == {"shops.csv": "data/raw/shops.csv", "where/Areas.csv": "data/raw/areas.csv"}
    assert "| looked up in | `where/Areas.csv` (`data/raw/areas.csv`) |" in repo.read(
        "docs/from-the-notebook.md"
    )


def test_other_repos_have_no_trace_of_it(starter: RenderedRepo) -> None:
    assert not list(starter.path.glob("src/*/tools/look_ups.py"))
    assert "look_ups" not in starter.read("tests/conftest.py")
