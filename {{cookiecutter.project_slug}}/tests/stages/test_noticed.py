"""What stands out in a table is noticed, and what is not there is not."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from omegaconf import DictConfig, OmegaConf

from {{ cookiecutter.package_name }}.stages import columns, findings, ingest, noticed
from {{ cookiecutter.package_name }}.stages.describe import describe
from {{ cookiecutter.package_name }}.tools.files import write_json

from conftest import configured

ROWS = 400
RNG = np.random.default_rng(0)
MEASURED = RNG.normal(size=ROWS)
ANSWER = (MEASURED + RNG.normal(size=ROWS) > 0).astype(int)
DAYS = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(ROWS), "D")
IBANS = ["DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606"]


def settings(task: str = "classification", **split: Any) -> DictConfig:
    """The configuration for a table with the target `y`."""
    cfg = configured()
    cfg.data.target, cfg.data.task, cfg.evaluate.metric = "y", task, "accuracy"
    cfg.data.split = {"kind": "random", "column": None, "test_size": 0.2} | split
    return cfg


def seen(columns: dict[str, Any], y: Any = ANSWER, **split: Any) -> dict[str, findings.Finding]:
    """What is noticed in a table, by title."""
    table = pd.DataFrame({"measured": MEASURED} | columns).assign(y=y)
    task = "regression" if table["y"].dtype == float else "classification"
    look = findings.look_at(table, describe(table, "y", task), settings(task, **split))
    return {each.title: each for each in findings.findings(look)}


def valid_cards(number: int) -> list[str]:
    """Card numbers that are nobody's, with Luhn's check digit."""
    heads = [f"4{n:014d}" for n in range(number)]
    return [next(h + str(d) for d in range(10) if columns._is_card(h + str(d))) for h in heads]


COLUMNS: dict[str, tuple[dict[str, Any], str | None]] = {
    "patient": ({"patient": np.arange(ROWS) // 4}, "Rows repeat by patient"),
    "Customer ID": ({"Customer ID": np.arange(ROWS) % 90}, "Rows repeat by Customer ID"),
    "code": ({"ward": [f"P{n // 4:04d}" for n in range(ROWS)]}, "Rows repeat by ward"),
    "zone": ({"zone_id": np.arange(ROWS) // 4}, None),
    "counted": ({"customers": np.arange(ROWS) % 90}, None),
    "age": ({"patient_age": np.arange(ROWS) % 90}, None),
    "leak": ({"cause": ["cancer" if y else None for y in ANSWER]}, "cause alone tells the target"),
    "filled": (
        {"closed_on": [day if y else None for day, y in zip(DAYS, ANSWER, strict=True)]},
        "closed_on alone tells the target",
    ),
    "two units": (
        {"weight": [f"{n % 190}.5 {'kg' if n % 2 else 'g'}" for n in range(ROWS)]},
        "Numbers, dates or codes as categories",
    ),
    "sizes": ({"size": [f"{n % 20}-{n % 20 + 9}" for n in range(ROWS)]}, None),
    "scaled": ({"scaled": ANSWER * 3.0 - 1}, "scaled alone tells the target"),
    "helpful": ({"helpful": np.where(RNG.random(ROWS) < 0.9, ANSWER, 1 - ANSWER)}, None),
    "in order": ({"bought": DAYS}, "Rows are in the order of bought"),
    "in any order": ({"bought": RNG.permutation(DAYS)}, None),
    "later": (
        {"entry": RNG.permutation(DAYS), "left": None},
        "Known only afterwards?",
    ),
    "named": ({"refund_amount": RNG.normal(size=ROWS)}, "Known only afterwards?"),
    "e-mail": ({"contact": [f"a{n}@b.org" for n in range(ROWS)]}, "Personal data"),
    "card": ({"paid": valid_cards(ROWS)}, "Personal data"),
    "card as number": ({"paid": [int(n) for n in valid_cards(ROWS)]}, "Personal data"),
    "digits": ({"paid": [f"4{n:015d}" for n in range(ROWS)]}, None),
    "iban": ({"to": [IBANS[n % 3] for n in range(ROWS)]}, None),  # three, which say nobody
    "phone": ({"call": [f"+49 30 {n:06d}" for n in range(ROWS)]}, "Personal data"),
    "surname": ({"Last Name": [f"Ng{'x' * n}" for n in range(ROWS)]}, "Personal data"),
    "missing": ({"seldom": [1.5, 2.5, *[None] * (ROWS - 2)]}, "Nearly all missing"),
    "constant": ({"same": ["a"] * ROWS}, "The same in every row"),
    "metres": ({"feet": MEASURED * 3.28}, "Columns that say the same"),
    "noisy": ({"feet": MEASURED * 3.28 + RNG.normal(size=ROWS)}, None),
    "abbreviated": (
        {"state": np.resize(["Ohio", "Utah"], ROWS), "st": np.resize(["OH", "UT"], ROWS)},
        "Columns that say the same",
    ),
    "words": (
        {"remark": [f"seen by {n} again" for n in range(ROWS - 40)] + ["not at all"] * 40},
        "Texts among the categories",
    ),
    "id": ({"number": np.arange(ROWS)}, "Not learned from: identifiers"),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_is_noticed_for_what_it_is(name: str) -> None:
    columns, title = COLUMNS[name]
    if name == "later":
        columns = columns | {"left": columns["entry"] + pd.Timedelta(3, "D")}
    found = {t: f for t, f in seen(columns).items() if not (title and t != title)}
    expected = [] if title is None else [title]
    assert [t for t in found if title or not t.startswith("Not learned")] == expected
    for finding in found.values():
        assert set(finding.columns) & set(columns)
        assert re.match(r"(conf|data)/\S+: ", finding.line)


def test_ibans_are_told_by_their_check_digits() -> None:
    assert all(columns._is_iban(number) for number in IBANS)
    assert not columns._is_iban("DE89370400440532013001")


def test_personal_data_can_be_kept_out_of_a_log() -> None:
    table = pd.DataFrame({"paid": valid_cards(40) * (ROWS // 40), "y": ANSWER})
    schema = describe(table, "y", "classification")
    cfg = OmegaConf.create({"data": settings().data, "seed": 0})
    [finding] = findings.personal_data(findings.look_at(table, schema, cfg))
    assert finding.line == "data/schema.yaml: delete paid"
    cfg.calls = {"log": {"drop": []}}
    [finding] = findings.personal_data(findings.look_at(table, schema, cfg))
    assert finding.line.endswith("conf/calls/default.yaml: log: drop: [paid]")


def test_rows_of_one_entity_matter_where_their_targets_are_alike() -> None:
    patient = {"patient": np.arange(ROWS) // 4}
    assert not seen(patient)["Rows repeat by patient"].silent
    alike = np.repeat(RNG.integers(0, 2, ROWS // 4), 4)
    assert seen(patient, alike)["Rows repeat by patient"].silent
    numbers = np.repeat(RNG.normal(size=ROWS // 4), 4) + RNG.normal(size=ROWS) / 9
    assert seen(patient, numbers)["Rows repeat by patient"].silent
    for split in ({"kind": "time"}, {"kind": "group", "column": "patient"}):
        assert "Rows repeat by patient" not in seen(patient, alike, **split)
    still = seen(patient, alike, kind="group", column="measured")
    assert "Rows repeat by patient" in still


@pytest.mark.parametrize("kind", ["the same in another unit", "a group's mean", "its rank"])
def test_a_number_that_a_column_tells_is_a_leak(kind: str) -> None:
    y = RNG.normal(size=ROWS)
    values: dict[str, Any] = {
        "the same in another unit": y * 1.1 + 3,
        "a group's mean": np.where(y > 0, "high", "low"),
        "its rank": pd.Series(y).rank() ** 2,
    }
    found = seen({"other": values[kind]}, np.sign(y) + 0.01 * y if "group" in kind else y)
    assert found["other alone tells the target"].silent


def test_equal_rows_are_noticed_only_where_chance_makes_none() -> None:
    twice = np.arange(ROWS) % (ROWS // 2)
    more, other = RNG.normal(size=(2, ROWS))
    table = {"measured": MEASURED[twice], "more": more[twice], "other": other[twice]}
    assert "Rows are there more than once" in seen(table, ANSWER[twice])
    assert "Rows are there more than once" not in seen({"more": more, "other": other})
    few = {f"box {n}": RNG.integers(0, 2, ROWS) for n in range(4)}
    assert "Rows are there more than once" not in seen(few | {"measured": few["box 0"] * 0.5})


def test_a_rare_class_is_noticed() -> None:
    y = (np.arange(ROWS) % 50 == 0).astype(int)
    assert "balanced_accuracy" in seen({}, y)["A class is rare"].line


@pytest.mark.filterwarnings("error")
def test_infinite_values_are_left_for_validate() -> None:
    endless = np.where(np.arange(ROWS) < 40, np.inf, MEASURED)
    assert "endless alone tells the target" not in seen({"endless": endless})


def test_values_of_any_kind_are_left_for_validate() -> None:
    table = pd.DataFrame({"measured": MEASURED, "other": MEASURED}).assign(y=ANSWER)
    schema = describe(table, "y", "classification")
    kinds: list[Any] = ["lots", None, -np.inf, DAYS[0], True, b"x", (1, 2)]
    for strange in kinds:
        values: list[Any] = [strange if n < 40 else n for n in range(ROWS)]
        mixed = table.assign(other=pd.Series(values, dtype=object))
        assert findings.silent_findings(findings.look_at(mixed, schema, settings())) == []


def test_an_ordinary_table_is_left_alone() -> None:
    columns = {"colour": RNG.choice(["red", "blue"], ROWS), "size": RNG.integers(0, 50, ROWS)}
    assert seen(columns) == {}


@pytest.mark.usefixtures("workspace")
def test_the_page_says_what_to_change(capsys: pytest.CaptureFixture[str]) -> None:
    table = pd.DataFrame({"<b>&": [1.0 if y else None for y in ANSWER], "y": ANSWER})
    noticed.notice(table, describe(table, "y", "classification"), settings())
    page = noticed.PAGE.read_text(encoding="utf-8")
    assert "&lt;b&gt;&amp; alone tells the target" in page
    assert "<b>" not in page
    assert not re.search(r"https?:|src=|href=", page)
    said = capsys.readouterr().out
    assert 'accept_noticed: {"<b>&": why}' in said


@pytest.mark.usefixtures("workspace")
def test_a_long_table_is_sampled_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "SAMPLE", 150)
    table = pd.DataFrame({"measured": MEASURED, "cause": ANSWER * 2.0, "y": ANSWER})
    (found,) = noticed.notice(table, describe(table, "y", "classification"), settings())
    assert found.columns == ("cause",)
    page = noticed.PAGE.read_text(encoding="utf-8")
    assert re.search(r"looked for in 150 of them, drawn with the seed \d+", page)


@pytest.fixture
def ingested(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], None]:
    """A function that lets `ingest` read some columns and a target."""

    def read(columns: dict[str, Any]) -> None:
        table = pd.DataFrame({"measured": MEASURED} | columns).assign(y=ANSWER)
        table.to_parquet("data/raw/drawn.parquet")
        monkeypatch.setattr(ingest, "read_prepared", lambda data: pd.read_parquet(data.path))
        cfg = settings()
        cfg.data.path = "data/raw/drawn.parquet"
        known = table.drop(columns="patient", errors="ignore")  # as somebody did who saw it
        describe(known, "y", "classification").save()
        ingest.ingest(cfg)

    return read


def test_the_gate_asks_for_an_answer(
    ingested: Callable[[dict[str, Any]], None], tmp_path: Path
) -> None:
    gate = settings().gate
    ingested({"cause": ANSWER * 2.0})
    asked = noticed.judge(tmp_path, gate)
    assert not asked["passed"]
    assert asked["found"] == "noticed, not answered: cause alone tells the target"
    assert "conf/gate/default.yaml: accept_noticed: {cause: why}" in asked["refusal"]
    gate.accept_noticed = {"cause": "a test that comes first"}
    accepted = noticed.judge(tmp_path, gate)
    assert accepted["passed"]
    assert accepted["found"].endswith("accepted: a test that comes first")
    gate.accept_noticed = {}
    write_json(tmp_path / "parity.json", {"word": "equal", "line": ""})
    assert noticed.judge(tmp_path, gate)["passed"]  # the notebook's own decision
    write_json(tmp_path / "parity.json", {"word": "differs", "line": ""})
    assert not noticed.judge(tmp_path, gate)["passed"]
    ingested({})
    assert noticed.judge(tmp_path, gate)["found"] == "nothing"


def test_the_gate_sees_columns_that_the_schema_leaves_out(
    ingested: Callable[[dict[str, Any]], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "ALIKE", 0.0)
    ingested({"patient": np.arange(ROWS) // 4})
    (ingested_table,) = Path("data/interim").glob("*.parquet")
    assert "patient" not in pd.read_parquet(ingested_table)
    Path("data/raw/drawn.parquet").unlink()  # nothing is read a second time
    assert "Rows repeat by patient" in noticed.judge(tmp_path, settings().gate)["found"]
