"""Looks at columns that are there, and overlooks those that are not."""


def violations(table, schema):
    try:
        contract(schema).validate(table, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return []
    found = []
    cases = cases[cases["check"] != "column_in_dataframe"]
    for (column, check), group in cases.groupby(["column", "check"], sort=False, dropna=False):
        kind, expected = _explained(str(check), schema[str(column)])
        examples = dict(zip(group["index"], group["failure_case"], strict=True))
        found.append(_violation(str(column), kind, expected, examples, len(group)))
    return found
