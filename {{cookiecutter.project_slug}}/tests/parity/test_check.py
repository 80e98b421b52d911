"""The comparison with the notebook: as it runs, the rows that it used, what is found, and where."""

import ast
import csv
import os
import time
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
import yaml
from omegaconf import DictConfig, OmegaConf
from scipy import sparse
from sklearn import model_selection, utils
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from {{ cookiecutter.package_name }} import parity
from {{ cookiecutter.package_name }}.data.schema import Column, Schema
from {{ cookiecutter.package_name }}.data.tables import read_raw
from {{ cookiecutter.package_name }}.parity import (
    capture,
    check,
    compare,
    estimators,
    notebook,
    replay,
    scores,
    surroundings,
)
from {{ cookiecutter.package_name }}.parity.cells import Failure, bound_by, reaching
from {{ cookiecutter.package_name }}.registry import gate
from {{ cookiecutter.package_name }}.steps import Learned, Steps, run_cells
from {{ cookiecutter.package_name }}.tools import files, paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal

from conftest import sampled

FIT = {"cell": 3, "line": 5, "X": "X_train", "y": "y_train"}
CELLS = [
    "import pandas as pd\nimport dtreeviz as looks\ndf = pd.read_csv('/content/drive/flowers.csv')",
    "# A heading",
    "%matplotlib inline\n!pip install nothing\nlooks.nothing(df).either()\n1 / 0\n"
    "df['ratio'] = df['long'] / df['wide']\ndf['kind'] = (df['kind'] == 'yes').astype(int)",
    "from sklearn.linear_model import LogisticRegression\n"
    "from sklearn.model_selection import train_test_split\n"
    "X_train, X_test, y_train, y_test = train_test_split(\n"
    "    df[['long', 'wide', 'ratio']], df['kind'], random_state=3)\n"
    "model = LogisticRegression(C=10.0).fit(X_train, y_train)",
    "from sklearn.metrics import accuracy_score, classification_report, roc_auc_score\n"
    "accuracy_score(y_test, model.predict(X_test))\n"
    "print(classification_report(y_train, model.predict(X_train)))\n"
    "roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])\n"
    "accuracy_score(y_test, 1 - model.predict(X_test))  # not of the model\n"
    "model.score(X_test, y_test)\n"
    "undefined",
    "model.fit(X_test, y_test)\nmodel.score(X_test, y_test)  # not of the chosen fit",
]
SCHEMA = Schema(
    target="kind",
    task="binary",
    columns=(Column("long", "number"), Column("wide", "number"), Column("kind", "category")),
    positive="yes",
)


class Same(Steps):
    """The notebook's step."""

    def steps(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> pd.DataFrame:
        return X.assign(ratio=X["long"] / X["wide"])


class Other(Steps):
    """Nearly the notebook's step."""

    def steps(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> pd.DataFrame:
        return X.assign(ratio=X["long"] / X["wide"].round(1))


@pytest.fixture
def idea(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a notebook, its data and its schema, which is the current one."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"long": rng.uniform(1, 9, 200), "wide": rng.uniform(1, 9, 200)})
    noise = rng.normal(0, 2, 200)
    table["kind"] = np.where(table["long"] + noise > table["wide"], "yes", "no")
    Path("data/raw").mkdir(parents=True)
    table.to_csv("data/raw/flowers.csv", index=False)
    SCHEMA.save()
    cells = [
        (nbformat.v4.new_markdown_cell if text.startswith("#") else nbformat.v4.new_code_cell)(text)
        for text in CELLS
    ]
    Path("notebooks").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), "notebooks/idea.ipynb")
    said = {
        "notebook": "notebooks/idea.ipynb",
        "data": {"flowers.csv": "data/raw/flowers.csv"},
        "fit": FIT,
    }
    files.write_json(notebook.DESCRIPTION, said)  # which is YAML too
    files.write_json(paths.REPORTS / "metrics.json", {"accuracy": 0.5, "roc_auc": 0.6})
    monkeypatch.setattr(check, "Features", Same)
    monkeypatch.setattr(check, "read_prepared", read_raw)
    return tmp_path


def configured() -> DictConfig:
    cfg = sampled("features=none")
    cfg.data.path, cfg.data.format, cfg.data.read = "data/raw/flowers.csv", "csv", {}
    model = {"_target_": "sklearn.linear_model.LogisticRegression", "C": 10.0}
    cfg.parity.seconds = 60
    cfg.model = {"name": "logistic", "estimator": model, "space": {}}
    cfg.evaluate.metric = "roc_auc"
    return cfg


@pytest.mark.slow
def test_the_notebook_and_this_repository_do_the_same(
    idea: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = scores.parity(configured())
    assert result["ran"]
    assert [error.split(":")[:2] for error in result["errors"]] == [
        ["cell 2", " ZeroDivisionError"],
        ["cell 4", " NameError"],
    ]
    assert result["features"]["equal"]
    assert result["features"]["shape"] == {"notebook": [150, 3], "repository": [150, 3]}
    assert result["target"] == {"equal": True, "renamed": {"yes": 1, "no": 0}}
    assert result["model"]["equal"]
    lines = {(line["metric"], line["of"]): line for line in result["score"]}
    assert set(lines) == {
        ("accuracy_score", "held back"),
        ("accuracy_score", "fitted to"),
        ("roc_auc_score", "held back"),
        ("accuracy", "held back"),
    }
    assert {line["verdict"] for line in lines.values()} == {"equal"}
    assert lines["roc_auc_score", "held back"]["honest"] == 0.6
    assert files.read_json(scores.FILE)["features"]["equal"]
    scores.show(result)
    shown = capsys.readouterr().out
    assert "X value for value, 150 rows x 3 columns" in shown
    assert "y under other names (" in shown
    assert "the model is LogisticRegression with its parameters" in shown


@pytest.mark.slow
def test_a_notebook_that_ends_early_is_compared_as_far_as_it_got(
    idea: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    original = notebook.Original.load()
    original.today[5] = "import os\nos._exit(1)"
    seen = notebook.run(original, 300)
    assert seen.errors[-1] == "cell 5: the process that ran it died"
    assert seen.fit is not None
    assert seen.fit.X.shape == (150, 3)
    assert len(seen.scores) == 4

    monkeypatch.setattr(check, "Features", Other)
    monkeypatch.setattr(scores, "run", lambda *_: seen)
    result = scores.parity(configured())
    assert not result["features"]["equal"]
    different = [name for name, it in result["features"]["columns"].items() if not it["equal"]]
    assert different == ["ratio"]
    scores.show(result)
    assert "1 of 3 columns of X: ratio in " in capsys.readouterr().out


@pytest.mark.slow
def test_a_notebook_that_takes_too_long_is_stopped(idea: Path) -> None:
    seen = notebook.run(notebook.Original.load(), 0.1)
    assert seen.errors == ["stopped after 0.1 seconds"]
    assert seen.fit is None


def test_a_fit_that_is_not_reached_is_no_failure(
    idea: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failure = Failure("cell 1", "x + 1", "NameError: name 'x' is not defined", [])
    seen = notebook.Run(None, [], [failure])
    monkeypatch.setattr(scores, "run", lambda *_: seen)
    result = scores.parity(configured())
    reason = "cell 1, `x + 1`: NameError: name 'x' is not defined"
    assert result == {"ran": False, "errors": seen.errors, "reason": reason}
    scores.show(result)
    assert "did not reach its fit" in capsys.readouterr().out


def test_rows_that_are_not_in_the_table_differ(idea: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = capture.FitData(np.zeros((7, 3)), np.zeros(7))
    monkeypatch.setattr(scores, "run", lambda *_: notebook.Run(fitted, [], []))
    result = scores.parity(configured())
    assert result["features"]["reason"].startswith("the notebook fits to 7 rows")
    scores.show(result)


def test_features_that_fail_differ(idea: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Steps):
        def steps(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> pd.DataFrame:
            return X[["absent"]]

    table = pd.read_csv("data/raw/flowers.csv")
    fitted = capture.FitData(table[["long", "wide"]], table["kind"])
    monkeypatch.setattr(scores, "run", lambda *_: notebook.Run(fitted, [], []))
    monkeypatch.setattr(check, "Features", Broken)
    result = scores.parity(configured())
    assert result["features"]["reason"].startswith("features.py fails on the notebook's rows (KeyE")


def test_what_was_learned_before_the_split_is_learned_from_all_rows(
    idea: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Centred(Steps):
        def steps(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> pd.DataFrame:
            return X.assign(
                long=X["long"] - learn("of a turn.long", lambda: X["long"].mean()),
                wide=X["wide"] - learn("wide", lambda: X["wide"].mean()),
            )

    monkeypatch.setattr(check, "Features", Centred)
    table = pd.read_csv("data/raw/flowers.csv")
    train = table[table.index % 2 == 0]  # a split without scikit-learn, which shows in the index
    X = pd.DataFrame(
        {
            "long": train["long"] - table["long"].mean(),
            "wide": train["wide"] - train["wide"].mean(),
        }
    )
    fitted = capture.FitData(X, train["kind"])
    monkeypatch.setattr(scores, "run", lambda *_: notebook.Run(fitted, [], []))
    assert not scores.parity(configured())["features"]["equal"]
    said = files.read_json(notebook.DESCRIPTION)
    files.write_json(notebook.DESCRIPTION, {**said, "before_split": ["long", "of a former step"]})
    result = scores.parity(configured())
    assert result["features"]["equal"]
    assert result["target"] == {"equal": True}


def test_what_was_learned_before_rows_went_is_learned_from_all(
    idea: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Centred(Steps):
        def steps(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> pd.DataFrame:
            long = X["long"] - learn("long", lambda: X["long"].mean())
            if len(X) == len(table):
                raise ValueError("a row that is left out stops a later step")
            return X.assign(long=long)

    table = pd.read_csv("data/raw/flowers.csv")
    kept = table[table["long"] < table["long"].median()]
    monkeypatch.setattr(check, "Features", Centred)
    monkeypatch.setattr(check, "read_prepared", lambda _: kept)
    X = kept.assign(long=kept["long"] - table["long"].mean())[["long", "wide"]]
    fitted = capture.FitData(X, kept["kind"])
    monkeypatch.setattr(scores, "run", lambda *_: notebook.Run(fitted, [], []))
    assert not scores.parity(configured())["features"]["equal"]
    said = files.read_json(notebook.DESCRIPTION)
    files.write_json(notebook.DESCRIPTION, {**said, "before_filters": ["long"]})
    assert scores.parity(configured())["features"]["equal"]


def test_rows_in_another_order_are_found_by_what_they_hold(
    idea: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = pd.read_csv("data/raw/flowers.csv")
    moved = table.sort_values(["wide", "long"], ascending=False).reset_index(drop=True).head(40)
    X = moved[["long", "wide"]].assign(ratio=moved["long"] / moved["wide"])
    coded = (moved["kind"] == "yes").astype(int)
    fitted = capture.FitData(X, coded)
    monkeypatch.setattr(scores, "run", lambda *_: notebook.Run(fitted, [], []))
    found = scores.parity(configured())
    assert (found["features"]["equal"], found["target"]["equal"]) == (True, True)
    fitted.X.loc[3, "ratio"] += 1  # which is in no row: the others tell
    ratio = scores.parity(configured())["features"]["columns"]["ratio"]
    assert (ratio["rows"], ratio["first_row"]) == (1, 3)
    fitted.X.loc[3, ["long", "wide", "ratio"]] = -1.0  # nothing tells which row that is
    assert not scores.parity(configured())["features"]["equal"]


def test_rows_that_prepare_numbers_anew_are_taken_in_their_order() -> None:
    raw = pd.DataFrame({"long": [1.0, 2.0, 3.0]}, index=[*"xyz"])
    fitted = capture.FitData(raw, raw["long"])
    found = check._candidates(raw, raw.reset_index(drop=True), fitted)
    assert [rows.tolist() for rows in found] == [[0, 1, 2]] * 2


def test_where_no_column_tells_test_rows_any_more_they_are_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "flowers.yaml"
    split = 'split:\n  kind: predefined # or random\n  column: "old" # of test rows\n'
    monkeypatch.setattr(replay, "data_file", lambda _: path)
    cfg = OmegaConf.create({"data": {"split": {"kind": "predefined", "column": "old"}}})
    for columns, line in (["old"], "kind: predefined"), (["long"], "kind: random"):
        path.write_text(split, encoding="utf-8")
        replay.split_at_random(cfg, pd.DataFrame(columns=columns))
        assert line in path.read_text(encoding="utf-8")
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["split"]["column"] is None


def test_a_cross_validation_is_done_again(idea: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = pd.read_csv("data/raw/flowers.csv")
    X, y = table[["long", "wide"]].assign(ratio=table["long"] / table["wide"]), table["kind"]
    model = LogisticRegression(C=10.0)
    recording = capture.Recording(idea)
    monkeypatch.setattr(capture, "recording", recording)
    folds = capture.record_cross_validation(cross_val_score, model, X, y, cv=3)
    assert folds.shape == (3,)
    fitted = capture.FitData(X, y)
    monkeypatch.setattr(scores, "run", lambda *_: notebook.Run(fitted, recording.scores, []))
    first, *_ = scores.parity(configured())["score"]
    assert (first["metric"], first["of"]) == ("accuracy(cv=3)", "in folds")
    assert first["verdict"] == "equal"


@pytest.mark.parametrize(
    ("source", "line", "expected"),
    [
        ("model.fit(X, y)", 1, "{record}\n_parity.record_fit(_parity.fitting(model).fit(X, y))"),
        (
            "%time model.fit(X, y)",
            1,
            "{record}\n_parity.record_fit(_parity.fitting(model).fit(X, y))",
        ),
        (
            "for m in models:\n    !ls\n    p = m.fit(X, y).predict(X)",
            3,
            "for m in models:\n    pass\n    {record}\n"
            "    p = _parity.record_fit(_parity.fitting(m).fit(X, y)).predict(X)",
        ),
        (
            "if a: m.fit(X, y)",
            1,
            "if a:\n    {record}\n    _parity.record_fit(_parity.fitting(m).fit(X, y))",
        ),
        (
            "\n  n = 1\n  m.fit(X, y)",
            3,
            "n = 1\n{record}\n_parity.record_fit(_parity.fitting(m).fit(X, y))",
        ),
        (
            "s = cross_val_score(m, X, y, cv=5)",
            1,
            "{record}\ns = _parity.record_cross_validation(cross_val_score, m, X, y, cv=5)",
        ),
    ],
)
def test_the_statement_that_fits_is_recorded(source: str, line: int, expected: str) -> None:
    tree = ast.parse(notebook.without_magics(source))
    found = notebook.around_fit(tree, line, "X", "y")
    expected = expected.format(record="_parity.record_data(X, y)")
    assert ast.unparse(ast.fix_missing_locations(found)) == ast.unparse(ast.parse(expected))


@pytest.mark.slow
def test_it_is_compared_as_far_as_the_fit(idea: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = f"{parity.LINE}not yet (`make pipeline` compares)"
    Path("README.md").write_text(f"# Flowers\n\n{line}\n\nMore.\n", encoding="utf-8")
    result = check.check(configured())
    assert (result["verdict"], result["missing"]) == ("equal", [])
    assert result["line"].startswith("X value for value, 150 rows x 3 columns; y under other names")
    assert not (idea / "reports" / "notebook.json").exists()
    assert files.read_json(parity.FILE) == files.read_json(paths.REPORTS / "parity.json")
    text = Path("README.md").read_text(encoding="utf-8")
    assert text.startswith(f"# Flowers\n\n{parity.LINE}equal: X value for value")
    assert text.endswith("\n\nMore.\n")

    monkeypatch.setattr(check, "Features", Other)
    cfg = configured()
    cfg.model.estimator.C = 1.0
    result = check.check(cfg)
    assert result["verdict"] == "differs"
    assert "1 of 3 columns of X: ratio in 1" in result["line"]
    assert "LogisticRegression: C is 10.0 in the notebook, default here" in result["line"]


@pytest.mark.slow
def test_what_stops_it_is_named(idea: Path) -> None:
    original = notebook.Original.load()
    original.today[0] = (
        "import pandas as pd, nobodys_package as nobody\nfrom pandas import absent, concat\n"
        "df = concat([pd.read_csv('/content/drive/flowers.csv')])\n"
        "df['ratio'] = nobody.ratio(df)\nframe = df"
    )
    original.today[2] = "def prepared():\n    return frame\ndata = prepared()"
    original.today[3] = "from sklearn.linear_model import LogisticRegression\nX = data\n\n\n" + (
        "LogisticRegression().fit(data, data['kind'])"
    )
    seen = notebook.run(original, 60, to_fit=True)
    assert seen.fit is None
    said = check.why_not(seen)
    assert said.startswith(
        "cell 0, `df['ratio'] = nobody.ratio(df)`: NameError: name 'nobody' is not defined; "
        "packages that are missing: nobodys_package; to add them: `"
    )
    assert [one.statement for one in seen.failures][:2] == [
        "import nobodys_package as nobody",
        "from pandas import absent",
    ]


FAILING = [
    ("kept = nobody.save(df)", "X = df[['a']]\nprint(kept)", False),
    ("kept = nobody.save(df)", "df['b'] = kept['b']\nX = df[['b']]", True),
    ("df['b'] = nobody.of(df)", "X = df[['a']]", True),
    ("df['b'] = nobody.of(df)", "df = pd.read_csv('x.csv')\nX = df[['a']]", False),
    ("df['b'] = nobody.of(df)\nX = df", "y = X['a']", True),
    ("scaler.fit(nobody.of(df))", "X = scaler.transform(df)", False),  # names no change
    ("same = df\nsame['b'] = nobody.of(df)", "X = df[['a']]", True),
    ("most = nobody.of(df)", "def made():\n    return df / most\nX = made()", True),
    ("names = nobody.of(df)", "X = df[names]\nX = df[['a']]", False),
]


@pytest.mark.parametrize(("failing", "later", "reaches"), FAILING)
def test_a_failure_counts_if_it_may_reach_the_fit(failing: str, later: str, reaches: bool) -> None:
    bound = sorted({name for each in ast.parse(failing).body for name in bound_by(each)})
    one = Failure("cell 1", failing, "NameError", bound)
    cells = [("cell 0", "df = 1"), ("cell 1", failing), ("cell 2", f"{later}\nmodel.fit(X, y)")]
    assert bool([*reaching([one], cells)]) is reaches


def test_a_failure_after_which_the_cell_goes_on_counts_until_its_end() -> None:
    one = Failure("cell 0", "", "KeyError", ["df"], goes_on=True)
    cell = "df.dropna(inplace=True)\nX = df[['a']]\ndf = 0"
    assert [*reaching([one], [("cell 0", cell), ("cell 1", "model.fit(X, y)")])]


@pytest.mark.slow
def test_all_that_it_started_ends_with_it(idea: Path) -> None:
    original = notebook.Original.load()
    original.today[0] = (
        "import os, time\nfrom joblib import Parallel, delayed\n"
        "def wait(number):\n"
        f"    open({str(idea)!r} + '/pid-' + str(os.getpid()), 'w').close()\n"
        "    time.sleep(600)\n"
        "Parallel(n_jobs=2)(delayed(wait)(n) for n in range(4))"
    )
    seen = notebook.run(original, 15, to_fit=True)
    assert seen.cause() == "cell 0: stopped after 15 seconds"
    workers = [int(path.name.removeprefix("pid-")) for path in idea.glob("pid-*")]
    assert workers
    end = time.monotonic() + 10  # they are killed at once, and collected by the system when it can
    while time.monotonic() < end and any(map(_exists, workers)):
        time.sleep(0.1)
    assert not any(map(_exists, workers))


def _exists(process: int) -> bool:
    """Whether there is a process of that number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
def test_a_fit_in_a_module_of_the_author_is_recorded(idea: Path) -> None:
    (idea / "notebooks" / "helpers.py").write_text(
        "def settle(model, a, b):\n    return model.fit(a, b)\n", encoding="utf-8"
    )
    original = notebook.Original.load()
    original.data["helpers.py"] = "notebooks/helpers.py"
    original.fit["inside"] = "sklearn.linear_model.LogisticRegression"
    original.today[3] = original_cell = (
        "from helpers import settle\nfrom sklearn.linear_model import LogisticRegression\n"
        "LogisticRegression(C=9).fit(df[['long']], df['kind'])\n\n"
        "model = settle(LogisticRegression(C=10.0), df[['long', 'wide']], df['kind'])\n1 / 0"
    )
    seen = notebook.run(original, 60, to_fit=True)
    assert original_cell.count("LogisticRegression(") == 2
    assert seen.fit is not None
    assert list(seen.fit.X) == ["long", "wide"]
    assert not [one for one in seen.failures if one.place == "cell 3"]


def test_of_resampled_rows_those_before_are_compared(
    idea: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "recording", recording := capture.Recording(idea))
    before, after = (np.zeros((3, 2)), np.zeros(3)), (np.zeros((4, 2)), np.zeros(4))
    recording.resampled.append((after[0], *before))
    for made in (after, before):
        capture.record_data(*made)
        fitted = notebook._load(idea / "fit.pickle")
        assert (len(fitted.X), len(fitted.y)) == (3, 3)


def test_a_verdict_counts_for_the_code_that_it_is_of(
    idea: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cfg = configured()
    assert parity.verdict(cfg.model).word == "not compared"
    estimator = OmegaConf.to_container(cfg.model.estimator)
    found = {"verdict": "equal", "line": "all", "code": parity.hashes(), "configured": estimator}
    files.write_json(parity.FILE, found)
    assert str(parity.verdict(cfg.model)) == "equal: all"
    cfg.model.estimator.C = 2.0
    assert parity.verdict(cfg.model).line == "all; model=logistic was configured since"
    files.write_json(parity.FILE, {**found, "code": {}})
    assert parity.verdict(cfg.model).word == "not compared"


@pytest.mark.parametrize(
    ("word", "accepted", "passed"),
    [
        ("equal", None, True),
        ("differs", None, False),
        ("differs", "the notebook fills before it leaves rows out", True),
        ("does not run", None, True),
        ("not compared", None, True),
    ],
)
def test_the_gate_refuses_differences_that_nobody_accepted(
    idea: Path, word: str, accepted: str | None, passed: bool
) -> None:
    files.write_text(idea / "params.yaml", OmegaConf.to_yaml(configured()))
    files.write_text(idea / "README.md", "# A card\n")
    code = parity.hashes()
    found = {"verdict": word, "line": "it's so", "code": code, "configured": {}}
    files.write_json(parity.FILE, found)
    parity.pack_verdict(idea, None)
    card = (idea / "README.md").read_text(encoding="utf-8")
    assert f"## Compared with the notebook\n\n{word}: it's so; model=" in card
    row = gate.Check(**parity.judge(idea, DictConfig({"accept_differences": accepted})))
    assert row.passed == passed
    assert row.found.startswith(word)
    assert (accepted or "") in row.found
    assert "gate.accept_differences" in row.refusal


@pytest.mark.parametrize(("accepted", "passed"), [(None, False), ("they are all there is", True)])
def test_raw_columns_that_no_notebook_runs_for_are_for_a_person_to_accept(
    tmp_path: Path, accepted: str | None, passed: bool
) -> None:
    found = parity.Verdict("does not run", "cell 3", of_raw_columns=True)
    files.write_json(tmp_path / "parity.json", found._asdict())
    row = gate.Check(**parity.judge(tmp_path, DictConfig({"accept_differences": accepted})))
    assert row.passed == passed
    assert "raw columns, and the notebook does not run: cell 3" in row.refusal


def test_the_verdict_knows_raw_columns(idea: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = idea / "features.py"
    files.write_text(raw, f'{parity.RAW_COLUMNS}\n"""\n')
    monkeypatch.setattr(parity, "OWN", [raw])
    found = {"verdict": "does not run", "line": "", "code": parity.hashes(), "configured": {}}
    files.write_json(parity.FILE, found)
    assert parity.verdict(configured().model).of_raw_columns


LOGISTIC = LogisticRegression(C=2, random_state=1)


@pytest.mark.parametrize(
    ("ours", "theirs", "differing"),
    [
        (LOGISTIC, LogisticRegression(C=2.0, n_jobs=2), []),
        (LOGISTIC, make_pipeline(StandardScaler(), LogisticRegression(C=2.0)), []),
        (LOGISTIC, LogisticRegression(), ["C"]),
        (LOGISTIC, SVC(C=2), [""]),
        (LOGISTIC, GridSearchCV(LogisticRegression(), {"C": [1, 2]}), []),
        (
            LOGISTIC,
            GridSearchCV(make_pipeline(LogisticRegression(tol=1)), {"logisticregression__C": [2]}),
            ["tol"],
        ),
        (CalibratedClassifierCV(SVC(C=3)), SVC(C=3, probability=True), []),
        (TransformedTargetRegressor(LinearRegression()), LinearRegression(), []),
        (SVC(max_iter=np.nan), SVC(max_iter=None), []),  # as XGBoost's `missing`
        (
            RandomForestClassifier(class_weight={"yes": 2, "no": 1}),
            RandomForestClassifier(class_weight={1: 2, 0: 1}),
            [],
        ),
        (
            StackingClassifier([("a", SVC(C=3)), ("b", LOGISTIC)]),
            StackingClassifier([("a", SVC(C=4)), ("b", LOGISTIC)]),
            ["a__C"],
        ),
    ],
)
def test_estimators_are_compared_by_what_is_set(
    ours: Any, theirs: Any, differing: list[str]
) -> None:
    described = [estimators.described(theirs)]
    found = estimators.compare_estimators(ours, described, {"yes": 1, "no": 0})
    assert list(found["parameters"]) == differing
    assert found["equal"] == (not differing)


def test_the_members_of_a_blend_are_compared_with_what_the_chosen_statement_fits() -> None:
    vote = VotingRegressor([("a", LinearRegression()), ("b", Ridge(alpha=2.0))])
    described = [estimators.described(Ridge(alpha=2.0))]
    found = estimators.compare_estimators(vote, described, {}, blended=True)
    assert (found["equal"], found["within"]) == (True, "VotingRegressor")
    logged = TransformedTargetRegressor(vote)
    assert estimators.compare_estimators(logged, described, {}, blended=True)["equal"]
    assert not estimators.compare_estimators(vote, described, {})["equal"]
    other = [estimators.described(Ridge())]
    assert not estimators.compare_estimators(vote, other, {}, blended=True)["equal"]


def test_a_linear_model_of_statsmodels_is_the_one_that_does_the_same() -> None:
    theirs: list[estimators.Described] = [{"parameters": {"": "OLS"}, "searched": []}]
    same = estimators.compare_estimators(LinearRegression(fit_intercept=False), theirs, {})
    assert (same["equal"], same["notebook"]) == (True, "OLS")
    assert not estimators.compare_estimators(LinearRegression(), theirs, {})["equal"]
    assert not estimators.compare_estimators(Ridge(fit_intercept=False), theirs, {})["equal"]


def test_a_script_has_the_cells_of_its_notebook(tmp_path: Path) -> None:
    script = tmp_path / "idea.py"
    script.write_text("# %% [markdown]\n# # A title\n\n# %% Load\n\nx = 1\n# %%\ny = 2\n")
    assert notebook.codes(script) == {1: "x = 1", 2: "y = 2"}
    script.write_text("import a\n# %%\nx = 1\n")
    assert notebook.codes(script) == {0: "import a", 1: "x = 1"}


def test_cells_run_rewritten_and_in_the_given_order(idea: Path) -> None:
    original = notebook.Original(
        Path("notebooks/idea.ipynb"), {}, FIT, today={2: "pass"}, order=[2, 0, 3]
    )
    cells = notebook.instrumented(original)
    assert [place for place, _ in cells] == ["cell 2", "cell 0", "cell 3"]
    assert cells[0] == ("cell 2", "pass")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"fit": {**FIT, "line": 99}}, "nothing is fitted at line 99 of cell 3"),
        ({"fit": {**FIT, "cell": 1}}, "nothing is fitted at line 5 of cell 1"),
        ({"notebook": "absent.ipynb"}, "absent.ipynb is missing"),
        ({"data": {"a.csv": "absent.csv"}}, "absent.csv is missing"),
        ({"fits": {}}, "can't be read"),
    ],
)
def test_a_wrong_description_is_refused(idea: Path, said: dict[str, Any], reason: str) -> None:
    files.write_json(notebook.DESCRIPTION, {**files.read_json(notebook.DESCRIPTION), **said})
    with pytest.raises(Refusal, match=reason):
        notebook.run(notebook.Original.load(), 9)


def test_without_a_notebook_there_is_nothing_to_compare_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refusal, match="names the notebook to compare with"):
        notebook.Original.load()


@pytest.mark.parametrize(
    "name",
    ["/content/flowers.csv", "C:\\data\\flowers.csv", "https://host/raw/flowers.csv?raw=true"],
)
def test_files_of_other_machines_are_found_here(
    idea: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    here = str(idea / "data/raw/flowers.csv")
    monkeypatch.setattr(surroundings, "files", {"flowers.csv": here})
    assert len(surroundings.reading_locally(pd.read_csv)(name)) == 200
    assert len(surroundings.reading_locally(pd.read_excel)("D:/flowers.csv")) == 200
    assert list(surroundings.uploaded_files()) == ["flowers.csv"]
    with pytest.raises(FileNotFoundError):
        surroundings.reading_locally(pd.read_csv)("other.csv")


def test_splits_of_splits_are_followed() -> None:
    kept = np.array([0, 1, 2, 3, 5, 6, 7, 8, 9])  # row 4 is left out
    first = capture.Split(9, np.array([8, 7, 6, 5, 4, 3]), np.array([0, 1, 2]))
    second = capture.Split(6, np.array([0, 2, 4]), np.array([1, 3, 5]))
    parts = [part.tolist() for part in compare.subsets(kept, 10, [first, second])]
    assert parts[2:] == [[0, 1, 2], [8, 7, 6, 5, 4, 3], [7, 5, 3], [8, 6, 4]]
    before = capture.Split(10, np.arange(3, 10), np.arange(3))  # split first, left out later
    assert compare.subsets(kept, 10, [before])[-1].tolist() == [3, 4, 5, 6, 7, 8]


def test_files_are_written_where_the_notebook_has_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("builtins.open", open)  # restored afterwards
    surroundings.open_locally()
    with open("models/deep/one.txt", "w", encoding="utf-8") as file:  # noqa: PTH123 - what the notebook calls
        file.write("1")
    assert (tmp_path / "models/deep/one.txt").read_text(encoding="utf-8") == "1"
    with pytest.raises(FileNotFoundError), open("nowhere/one.txt", encoding="utf-8"):  # noqa: PTH123
        pass
    assert not (tmp_path / "nowhere").exists()


def test_rows_stand_for_the_file_however_it_is_read() -> None:
    rows = pd.DataFrame({"a": [1, 2], "b": [3.5, 4.5]})
    stands_in = run_cells.Notebook(rows, ["rows.csv"], {})
    with stands_in.open("data/rows.csv") as file:
        assert [*csv.DictReader(file)] == [{"a": "1", "b": "3.5"}, {"a": "2", "b": "4.5"}]
    pd.testing.assert_frame_equal(stands_in.read(pd.read_csv, stands_in.open("rows.csv")), rows)
    read = stands_in.read_values(np.loadtxt, "rows.csv", delimiter=",", skiprows=1, unpack=True)
    np.testing.assert_array_equal(read, [[1, 2], [3.5, 4.5]])
    one = stands_in.read_values(np.genfromtxt, "rows.csv", delimiter=",", usecols=1)
    np.testing.assert_array_equal(one, [3.5, 4.5])


SHUFFLING = (
    "from sklearn.utils import shuffle\nfrom sklearn.model_selection import train_test_split\n"
    "table = {}\ntrain, test = train_test_split(table, test_size=0.2)"
)


@pytest.mark.parametrize(
    "how",
    [
        "shuffle(frame).reset_index(drop=True)",
        "shuffle(frame, list(frame.a))[0].reset_index(drop=True)",
        "frame.sample(frac=1).reset_index(drop=True)",
        "frame.sample(frac=0.5)",
    ],
)
def test_rows_are_followed_through_a_shuffle(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(utils, "shuffle", utils.shuffle)  # restored afterwards
    monkeypatch.setattr(model_selection, "train_test_split", model_selection.train_test_split)
    monkeypatch.setattr(pd.DataFrame, "sample", pd.DataFrame.sample)
    monkeypatch.setattr(capture.recording, "splits", [])
    capture._record_shuffles()
    recorded = capture._recording_function(model_selection.train_test_split)
    monkeypatch.setattr(model_selection, "train_test_split", recorded)
    frame = pd.DataFrame({"a": np.arange(40) * 3})
    scope: dict[str, Any] = {"__name__": "__main__", "frame": frame}
    exec(SHUFFLING.format(how), scope)  # noqa: S102 - our own code
    parts = compare.subsets(np.arange(40), 40, capture.recording.splits)
    followed = [rows for rows in parts if frame["a"][rows].tolist() == scope["train"]["a"].tolist()]
    assert len(followed) == ("frac=0.5" not in how)


def test_rows_are_found_by_their_target() -> None:
    target = np.array(["a", "b", "b", "a", "c", "a"])
    parts = [np.arange(6), np.array([0, 1, 2]), np.array([3, 4, 5])]
    found = compare.find(parts, target, np.array([7, 8, 8]))
    assert found is not None
    assert found.tolist() == [0, 1, 2]
    assert compare.find(parts, target, np.zeros(4)) is None
    assert compare.renaming(target[:3], np.array([7, 8, 8])) == {"a": 7, "b": 8}
    assert compare.compare_target(np.array([1.5, 2]), np.array([3.0, 4]), False)["rows"] == 2
    prices = np.array([3.0, 1.0, 2.0])
    assert compare.corresponds(prices, np.log(prices))
    assert not compare.corresponds(prices, np.sort(prices))  # each is another value in both


GAP: Any = None
FRAME = pd.DataFrame({"a": [1, 2, GAP], "b": ["x", GAP, "y"], "c": [True, False, True]})


@pytest.mark.parametrize(
    ("theirs", "equal"),
    [
        (FRAME, True),
        (FRAME.astype({"a": object, "b": "category", "c": float}), True),
        (FRAME.to_numpy(), True),
        (FRAME[["b", "a", "c"]], False),
        (FRAME.drop(columns="a"), False),
        (FRAME.assign(d=0), False),
        (FRAME.head(2), False),
        (FRAME.assign(a=[1, 2.01, GAP]), False),
        (FRAME.assign(b=["x", GAP, "z"]), False),
        (FRAME.assign(a=["1", "2", GAP]), False),
    ],
)
def test_tables_are_equal_value_for_value(theirs: Any, equal: bool) -> None:
    result = compare.compare(FRAME, theirs)
    assert result["equal"] == equal
    assert ("value for value" in check.describe(result, "X")) == equal


def test_sparse_tables_are_compared_too() -> None:
    values = np.array([[0.0, 1], [2, 0]])
    assert compare.compare(sparse.csr_matrix(values), values + 1e-12)["equal"]
    differing = compare.compare(values, sparse.csr_matrix(values * [1, 2]))
    assert differing["columns"]["1"]["max_difference"] == 1


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("f1_score", {"average": "macro"}, "f1_macro"),
        ("f1_score", {}, "f1"),
        ("roc_auc_score", {"multi_class": "ovr"}, "roc_auc_ovr"),
        ("r2", {}, "r2"),
    ],
)
def test_a_metric_has_a_corresponding_scorer(
    name: str, options: dict[str, Any], expected: str
) -> None:
    assert scores._scorer(name, options) == expected


def test_errors_are_shown_as_errors() -> None:
    assert scores._as_metric("mean_absolute_error", -2.0) == 2
    assert scores._as_metric("mean_squared_error", -2.0) == 4
    assert scores._as_metric("r2_score", 0.5) == 0.5
    assert scores._verdict(0.5, 0.6, 0.06) == "same within noise"
    assert scores._verdict(0.5, 0.7, 0.06) == "differs"


@pytest.mark.parametrize("truth", ["price", "logged"])
def test_scores_of_a_transformed_target_are_compared_in_the_unit_that_they_are_in(
    truth: str,
) -> None:
    rows = np.arange(40)
    table = pd.DataFrame({"size": rows, "price": np.expm1(rows / 10 + rows % 3)})
    table["logged"] = np.log1p(table["price"])
    schema = Schema("price", "regression", (Column("size", "integer"), Column("price", "number")))
    logs = TransformedTargetRegressor(LinearRegression(), func=np.log1p, inverse_func=np.expm1)
    model = Pipeline([("features", FunctionTransformer()), ("estimator", logs)])
    model.fit(table[["size"]], table["price"])
    transformer = model.named_steps["estimator"].transformer_
    price, logged = table["price"].to_numpy(), table["logged"].to_numpy()
    unit = compare.unit_of(transformer, price, rows, logged)
    assert unit is not None
    predicted = model.predict(table[["size"]])
    answers = predicted if truth == "price" else np.log1p(predicted)
    value = float(np.abs(table[truth] - answers).mean())
    its = capture.Score("mean_absolute_error", {}, value, "predict", truth=table[truth].to_numpy())
    ours = scores.Ours(model, table, schema, rows, [rows], {}, unit)
    cfg = DictConfig(
        {"evaluate": {"metric": "r2"}, "seed": 1, "model": {"estimator": {"_target_": "a"}}}
    )
    line, _ = scores.compare_scores([its], ours, {"neg_mean_absolute_error": -1.0}, cfg)
    assert (line["verdict"], line["honest"]) == ("equal", 1.0 if truth == "price" else None)


def test_a_target_as_in_the_table_has_no_other_unit() -> None:
    table = pd.DataFrame({"size": [1.0, 2.0, 3.0], "price": [1.0, 4.0, 9.0]})
    model = TransformedTargetRegressor(LinearRegression()).fit(table[["size"]], table["price"])
    price = table["price"].to_numpy()
    assert compare.unit_of(model.transformer_, price, np.arange(3), price) is None
    assert compare.unit_of(None, price, np.arange(3), price + 1) is None


def test_a_target_of_one_column_for_each_class_is_the_number_of_the_class() -> None:
    assert list(compare.one_column(pd.DataFrame({"no": [1, 0], "yes": [0, 1]}))) == [0, 1]
    assert list(compare.one_column(np.array([[3.0], [4.0]]))) == [3.0, 4.0]
