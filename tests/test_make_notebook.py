"""`make notebook` in repos with commits of their own: the notebook's next version is merged."""

import json
from pathlib import Path

import pytest
import yaml

from tests.environment import lend
from tests.followed import Followed, commit, followed_by, make
from tests.rendered import RenderedRepo

pytestmark = pytest.mark.slow

CELLS = [
    "import pandas as pd\n"
    "from sklearn.ensemble import RandomForestRegressor\n"
    "from sklearn.metrics import r2_score\n"
    "from sklearn.model_selection import train_test_split",
    "df = pd.read_csv('flats.csv')",
    "# Wide rooms cost more\ndf['per_room'] = df['area'] / df['rooms']",
    "# Nobody asks for the floor of a house\ndf['floor'] = df['floor'].fillna(0)",
    "# Old houses need repairs\ndf['age'] = 2020 - df['built']",
    "X = df[['rooms', 'area', 'floor', 'per_room', 'age']]\ny = df['price']",
    "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=4)",
    "model = RandomForestRegressor(n_estimators=20, random_state=0)\nmodel.fit(X_train, y_train)",
    "r2_score(y_test, model.predict(X_test))",
]
FEATURES = "src/mine/features.py"
LIST = "'per_room', 'age']"


def write(path: Path, *changes: tuple[str, str]) -> Path:
    """Write the notebook with some changes."""
    text = "\0".join(CELLS)
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new)
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": n, "source": cell}
        for n, cell in enumerate(text.split("\0"), 1)
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def write_table(path: Path) -> None:
    """Write the table that the notebook reads."""
    lines = ["rooms,area,floor,built,price,sold"]
    for n in range(80):
        rooms, area, built = n % 5 + 1, 30 + n * 7 % 90, 1950 + n * 13 % 70
        floor = "" if n % 9 == 0 else n % 6
        price = area * 50 + rooms * 90 + built - 1900
        lines.append(f"{rooms},{area},{floor},{built},{price},{'no' if price > 3500 else 'yes'}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, environment: Path, cruft_is_warm: None
) -> Followed:
    """Make a repo as people have it: set up, and committed."""
    folder = tmp_path_factory.mktemp("world")
    theirs = folder / "theirs"
    theirs.mkdir()
    write_table(theirs / "flats.csv")
    write(theirs / "flats.ipynb")
    given = {"notebook": "theirs/flats.ipynb", "parts": "none"}
    found = followed_by(folder, {"flats": given})
    repo = RenderedRepo(folder / "flats")
    lend(environment, repo)
    repo.run("make", "data/schema.yaml")
    commit(repo)
    return found


@pytest.fixture
def repo(world: Followed, environment: Path, tmp_path: Path) -> RenderedRepo:
    """Give a clone with its table and its commands."""
    own = world.clone("flats", tmp_path)
    write_table(own.path / "data/raw/flats.csv")
    lend(environment, own)
    return own


def edit(repo: RenderedRepo, name: str, old: str, new: str) -> None:
    """Change one place of a file, and commit."""
    text = repo.read(name)
    assert text.count(old) == 1, text
    (repo.path / name).write_text(text.replace(old, new), encoding="utf-8")
    commit(repo)


def take_up(repo: RenderedRepo, path: Path, **more: str) -> str:
    """Take up a notebook without training; give what was said."""
    code, said, _ = make(repo, "notebook", FILE=str(path), **{"PIPELINE": "no", **more})
    assert code == 0, said
    assert "Traceback" not in said
    assert repo.run("git", "branch", "--show-current").stdout.startswith("notebook/")
    assert repo.run("git", "status", "--porcelain").stdout == ""
    assert repo.run("make", "params-check", check=False).returncode == 0
    return said


def row(said: str, *names: str) -> list[str]:
    """Give the cells after the first ones of a line of the comparison."""
    lines = [line.split() for line in said.splitlines()]
    (found,) = [words for words in lines if tuple(words[: len(names)]) == names]
    return found[len(names) :]


def model(repo: RenderedRepo) -> dict[str, object]:
    """Give the parameters of the model."""
    found: dict[str, object] = yaml.safe_load(repo.read("params.yaml"))["model"]
    return found


def test_a_new_feature_comes_beside_people_s_edits(repo: RenderedRepo, tmp_path: Path) -> None:
    edit(repo, FEATURES, '"area"] / df["rooms"]', '"area"] / df["rooms"].clip(lower=1)')
    edit(repo, "README.md", "## Quickstart", "## Quick start")
    edit(repo, "data/schema.yaml", "max: 7\n", "max: 9\n")  # rooms
    gained = (
        "2020 - df['built']",
        "2020 - df['built']\0# Under the roof\ndf['high'] = df['floor'] > 3",
    )
    listed = (LIST, "'per_room', 'age', 'high']")
    said = take_up(repo, write(tmp_path / "next.ipynb", gained, listed))
    features = repo.read(FEATURES)
    assert 'df["high"] = df["floor"] > 3' in features
    assert 'df["rooms"].clip(lower=1)' in features
    assert "## Quick start" in repo.read("README.md")
    assert "max: 9\n" in repo.read("data/schema.yaml")
    assert "data/schema.yaml stays as it is" in said
    assert (repo.path / "notebooks/flats.ipynb").read_bytes() == (
        tmp_path / "next.ipynb"
    ).read_bytes()
    assert row(said, "features.add_high") == ["new"]
    assert row(said, "features.add_age") == ["there", "same"]


def test_another_model_and_other_parameters(repo: RenderedRepo, tmp_path: Path) -> None:
    said = take_up(repo, write(tmp_path / "next.ipynb", ("n_estimators=20", "n_estimators=30")))
    assert model(repo)["estimator"]["n_estimators"] == 30  # type: ignore[index]
    assert row(said, "params.yaml", "model.estimator.n_estimators") == ["20", "30"]

    # The file of the model that is replaced was changed here.
    edit(repo, "conf/model/random_forest.yaml", "n_estimators: 30", "n_estimators: 40")
    linear = [
        (
            "from sklearn.ensemble import RandomForestRegressor",
            "from sklearn.linear_model import Ridge",
        ),
        ("RandomForestRegressor(n_estimators=20, random_state=0)", "Ridge(alpha=2.5)"),
    ]
    said = take_up(repo, write(tmp_path / "linear.ipynb", *linear))
    assert model(repo)["name"] == "ridge"
    assert "conf/model/random_forest.yaml stays: it was changed here" in said
    record = json.loads(repo.read(".cruft.json"))
    assert record["context"]["cookiecutter"]["__model"] == "ridge"
    assert record["context"]["cookiecutter"]["notebook"] == "theirs/flats.ipynb"


def test_a_column_that_is_dropped_and_another_target(repo: RenderedRepo, tmp_path: Path) -> None:
    dropped = (LIST, "'per_room']")
    said = take_up(repo, write(tmp_path / "next.ipynb", dropped))
    assert "data/schema.yaml, gone: built" in said
    assert "built" not in repo.read("data/schema.yaml")
    assert row(said, "features.add_age") == ["there", "gone"]

    other = [
        ("RandomForestRegressor", "RandomForestClassifier"),
        ("df['price']", "df['sold']"),
        ("r2_score", "accuracy_score"),
    ]
    said = take_up(repo, write(tmp_path / "sold.ipynb", dropped, *other))
    assert "data/schema.yaml, target: sold, which was price" in said
    params = yaml.safe_load(repo.read("params.yaml"))
    assert (params["data"]["target"], params["data"]["task"]) == ("sold", "classification")
    assert params["evaluate"]["metric"] == "accuracy"
    schema = yaml.safe_load(repo.read("data/schema.yaml"))
    assert (schema["target"], schema["positive"]) == ("sold", "yes")
    assert "price" not in schema["columns"]


def test_the_same_line_changed_twice_is_a_conflict(repo: RenderedRepo, tmp_path: Path) -> None:
    edit(repo, FEATURES, '2020 - df["built"]', '2021 - df["built"]')
    path = write(tmp_path / "next.ipynb", ("2020 - df", "2024 - df"))
    code, said, _ = make(repo, "notebook", FILE=str(path))
    assert code == 0, said
    assert "with conflicts" in said
    assert f"  {FEATURES}\n" in said
    assert "make setup params schema" in said
    text = repo.read(FEATURES)
    conflict = text[text.index("<<<<<<<") : text.index(">>>>>>>")]
    assert '2021 - df["built"]' in conflict
    assert '2024 - df["built"]' in conflict
    assert repo.run("git", "status", "--porcelain").stdout == ""
    assert repo.run("git", "show", f"main:{FEATURES}").stdout.count("2021") == 1


def test_a_notebook_that_was_edited_in_place(repo: RenderedRepo) -> None:
    path = repo.path / "notebooks/flats.ipynb"
    write(path, ("n_estimators=20", "n_estimators=30"))
    take_up(repo, Path("notebooks/flats.ipynb"))
    assert model(repo)["estimator"]["n_estimators"] == 30  # type: ignore[index]

    write(path, ("n_estimators=20", "n_estimators=35"))
    commit(repo)
    code, said, _ = make(repo, "notebook", FILE="notebooks/flats.ipynb", PIPELINE="no")
    assert code == 2
    before = repo.run("git", "rev-parse", "--short", "HEAD~").stdout.strip()
    assert f"make notebook FILE=notebooks/flats.ipynb FROM={before}" in said
    take_up(repo, Path("notebooks/flats.ipynb"), FROM=before)
    assert model(repo)["estimator"]["n_estimators"] == 35  # type: ignore[index]


def refused(repo: RenderedRepo, file: str, line: str) -> None:
    """Let a notebook be refused in one line, which leaves the repo as it is."""
    before = state(repo)
    code, said, _ = make(repo, "notebook", FILE=file, PIPELINE="no")
    assert code == 2, said
    first, *rest = said.splitlines()
    assert first.startswith(line), said
    for other in rest:
        assert other.startswith(("make: ", "Nothing has changed: main is as it was")), said
    assert state(repo) == before


def state(repo: RenderedRepo) -> tuple[str, str]:
    """Give what has changed, and the branches."""
    status = repo.run("git", "status", "--porcelain", "--branch").stdout
    return status, repo.run("git", "branch").stdout


def test_what_can_t_be_taken_up_is_refused_in_one_line(repo: RenderedRepo, tmp_path: Path) -> None:
    refused(repo, "", "Name the notebook's next version: make notebook FILE=next.ipynb")
    refused(repo, "absent.ipynb", "There is no file absent.ipynb")
    refused(repo, "README.md", "README.md is no notebook: name an .ipynb or a .py file")
    write(tmp_path / "same.ipynb")
    refused(repo, "../same.ipynb", "../same.ipynb is the notebook that is here already: there is")

    write(tmp_path / "next.ipynb", ("n_estimators=20", "n_estimators=30"))
    (repo.path / "README.md").write_text("Mine\n", encoding="utf-8")
    refused(repo, "../next.ipynb", "Changes are not committed")
    assert repo.read("README.md") == "Mine\n"
    repo.run("git", "checkout", "README.md")
    (repo.path / "data/raw/flats.csv").rename(tmp_path / "flats.csv")
    refused(repo, "../next.ipynb", "The table data/raw/flats.csv is not here: `dvc pull` first")
    (tmp_path / "flats.csv").rename(repo.path / "data/raw/flats.csv")

    # Without a look at the template, nobody knows these.
    (tmp_path / "empty.ipynb").write_text("{}", encoding="utf-8")
    refused(repo, "../empty.ipynb", "../empty.ipynb can't be taken up: notebook: 'empty.ipynb' ")
    write(tmp_path / "no_model.ipynb", ("model.fit(X_train, y_train)", "pass"))
    refused(repo, "../no_model.ipynb", "../no_model.ipynb can't be taken up: ")
    write(tmp_path / "houses.ipynb", ("flats.csv", "../input/houses.csv"))
    refused(
        repo,
        "../houses.ipynb",
        "../houses.ipynb reads houses.csv, and this repository learns from flats.csv. If that is "
        "the same table: make notebook FILE=../houses.ipynb TABLE=houses.csv. If not, ",
    )
    record = json.loads(repo.read(".cruft.json"))
    edit(repo, ".cruft.json", f'"template": "{record["template"]}"', '"template": "/gone"')
    refused(repo, "../next.ipynb", "The template /gone can't be reached (fatal: ")


def test_the_same_table_under_another_name_and_no_record(
    world: Followed, repo: RenderedRepo, tmp_path: Path
) -> None:
    (repo.path / ".cruft.json").unlink()
    commit(repo)
    path = write(tmp_path / "next.ipynb", ("flats.csv", "all_flats.csv"))
    template = str(world.template.path)
    take_up(repo, path, TABLE="all_flats.csv", TEMPLATE=template)
    assert yaml.safe_load(repo.read("notebooks/parity.yaml"))["data"] == {
        "all_flats.csv": "data/raw/flats.csv"
    }
    assert not repo.has(".cruft.json")
    refused(repo, str(write(tmp_path / "last.ipynb", ("0.25", "0.2"))), "This repository does not")


def test_it_trains_and_a_failure_leaves_everything(repo: RenderedRepo, tmp_path: Path) -> None:
    # A pipeline that fails: the data breaks what people ask of it.
    edit(repo, "data/schema.yaml", "max: 7\n", "max: 2\n")
    path = write(tmp_path / "next.ipynb", ("n_estimators=20", "n_estimators=30"))
    code, said, _ = make(repo, "notebook", FILE=str(path))
    assert code == 2
    assert "The pipeline fails with" in said
    assert "Nothing has changed: main is as it was" in said
    assert repo.run("git", "status", "--porcelain").stdout == ""
    assert repo.run("git", "branch", "--show-current").stdout == "main\n"
    assert "notebook/" not in repo.run("git", "branch").stdout
    assert not repo.has("dvc.lock")

    edit(repo, "data/schema.yaml", "max: 2\n", "max: 7\n")
    listed = (LIST, "'per_room', 'age', 'built']")
    said = take_up(repo, write(tmp_path / "next.ipynb", listed), PIPELINE="yes")
    assert "equal: X value for value, 60 rows x 6 columns" in said
    assert row(said, "compared", "with", "the", "notebook") == ["equal"]
    assert "Compared with the notebook: equal" in repo.read("README.md")
    metrics = json.loads(repo.read("reports/metrics.json"))
    assert row(said, "reports/metrics.json", "r2")[0] == "-"
    assert float(row(said, "reports/metrics.json", "r2")[1]) == pytest.approx(
        metrics["r2"], abs=1e-4
    )
    assert repo.run("make", "lock-check", check=False).returncode == 0
