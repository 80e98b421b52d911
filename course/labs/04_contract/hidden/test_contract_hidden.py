"""Tables that students don't see, and the whole stage."""

COLUMNS = [
    {"name": "customer", "type": "text", "unique": True},
    {"name": "age", "type": "number", "min": 18, "nullable": True},
    {"name": "plan", "type": "category", "categories": ["basic", "pro"]},
    {"name": "city", "type": "category", "categories": ["Rome"], "open": True, "nullable": True},
    {"name": "churn", "type": "boolean"},
]
GOOD = {
    "customer": ["a", "b", "c", "d", "e", "f", "g"],
    "age": [18, 19, None, 1000, 40, 50, 60],
    "plan": ["basic", "pro"] * 3 + ["pro"],
    "city": ["Rome", "Oslo", None, "Rome", "Rome", "Rome", "Rome"],
    "churn": [True, False, True, False, True, False, True],
}


def found_in(part, columns, values):
    """Give a violation's column, number of rows and examples, for each that the team finds."""
    import pandas as pd

    module = part("data.schema")
    described = tuple(module.Column(**column) for column in columns)
    schema = module.Schema("churn", "binary", described, True)
    found = part("stages.validate").violations(pd.DataFrame(values), schema)
    return sorted(
        [one["column"], one["rows"], {str(row): value for row, value in one["examples"].items()}]
        for one in found
    )


def stopped(part, columns, values):
    """Run the whole stage in an empty folder; give what it says when it stops, or None."""
    from pathlib import Path
    from types import SimpleNamespace

    import pandas as pd

    module = part("data.schema")
    described = tuple(module.Column(**column) for column in columns)
    module.Schema("churn", "binary", described, True).save()
    table = part("tools.paths").TABLE
    Path(table).parent.mkdir(parents=True)
    part("data.tables").write_table(table, pd.DataFrame(values))
    try:
        cfg = SimpleNamespace(data=SimpleNamespace(path="data/raw/table.csv"))
        part("stages.validate").validate(cfg)
    except part("tools.errors").Refusal as refusal:
        return str(refusal)
    return None


def check(team, changed, expected):
    """Compare what a team finds in the good table with some columns changed."""
    found = team.ask(found_in, COLUMNS, {**GOOD, **changed})
    assert found == sorted(expected), f"expected {sorted(expected)}, found {found}"


def test_the_good_table(team):
    """Gaps, open categories and ranges without an upper end are no violations."""
    check(team, {}, [])


def test_one_sided_range(team):
    """A range with one end holds at that end."""
    ages = [18, 17, None, 17.9, 40, 50, 60]
    check(team, {"age": ages}, [["age", 2, {"1": "17.0", "3": "17.9"}]])


def test_unknown_category(team):
    """A value that is not listed is named."""
    plans = ["basic", "pro", "gold", "pro", "basic", "gold", "pro"]
    check(team, {"plan": plans}, [["plan", 2, {"2": "gold", "5": "gold"}]])


def test_gaps(team):
    """A gap is a violation where the schema allows none."""
    plans = ["basic", "pro", "basic", None, "basic", "basic", "pro"]
    found = team.ask(found_in, COLUMNS, {**GOOD, "plan": plans})
    assert [one[:2] for one in found] == [["plan", 1]], f"expected one gap in plan, found {found}"
    assert list(found[0][2]) == ["3"], f"expected row 3, found {found}"


def test_values_that_stand_twice(team):
    """A value that stands twice is a violation where each may stand once."""
    found = team.ask(found_in, COLUMNS, {**GOOD, "customer": ["a", "b", "c", "d", "e", "f", "a"]})
    assert [one[0] for one in found] == ["customer"], f"expected customer, found {found}"
    assert "6" in found[0][2], f"expected row 6 among the examples, found {found}"


def test_an_absent_column(team):
    """A column that is not there is a violation, and the others are looked at all the same."""
    values = {name: column for name, column in GOOD.items() if name != "city"}
    plans = ["basic", "pro", "basic", "pro", "basic", "basic", "gold"]
    found = team.ask(found_in, COLUMNS, {**values, "plan": plans})
    assert [one[0] for one in found] == ["city", "plan"], f"expected city and plan, found {found}"


def test_all_at_once(team):
    """All violations are found at once, and no more than a few examples are given of each."""
    changed = {"age": [1, 2, 3, 4, 5, 6, 7], "plan": ["gold"] + ["basic"] * 6}
    found = team.ask(found_in, COLUMNS, {**GOOD, **changed})
    assert [one[:2] for one in found] == [["age", 7], ["plan", 1]], f"found {found}"
    assert 0 < len(found[0][2]) < 7, f"expected a few examples, found {len(found[0][2])}"


def test_the_stage_stops_and_names_column_and_row(team):
    """The pipeline stops at a broken table, and the message names column and row."""
    said = team.ask(stopped, COLUMNS, {**GOOD, "age": [18, 19, 20, 1, 40, 50, 60]})
    assert said, "expected that the stage stops, it went on"
    assert "age" in said, f"expected the column's name, found {said!r}"
    assert "row 3" in said, f"expected row 3, found {said!r}"


def test_the_stage_goes_on(team):
    """The pipeline goes on with a table that keeps to its schema."""
    said = team.ask(stopped, COLUMNS, GOOD)
    assert said is None, f"expected that the stage goes on, it said {said!r}"
