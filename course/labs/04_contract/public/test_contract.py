"""A table is held to its schema."""

COLUMNS = [
    {"name": "age", "type": "integer", "min": 0, "max": 120},
    {"name": "plan", "type": "category", "categories": ["basic", "pro"], "nullable": True},
    {"name": "churn", "type": "boolean"},
]


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


def test_a_good_table_has_no_violations(team):
    """A table that keeps to its schema has no violations, and its gaps are allowed."""
    table = {"age": [20, 120, 0], "plan": ["basic", None, "pro"], "churn": [True, False, True]}
    found = team.ask(found_in, COLUMNS, table)
    assert found == [], f"expected no violation, found {found}"


def test_a_value_out_of_range_is_named(team):
    """A value out of range is named with its column and its row."""
    table = {"age": [20, 130, 0], "plan": ["basic"] * 3, "churn": [True, False, True]}
    found = team.ask(found_in, COLUMNS, table)
    expected = [["age", 1, {"1": "130"}]]
    assert found == expected, f"expected {expected}, found {found}"
