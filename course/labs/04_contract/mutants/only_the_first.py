"""Stops at the first violation, as pandera does when it is not lazy."""


def violations(table, schema):
    try:
        contract(schema).validate(table)
    except pa.errors.SchemaError as error:
        kind, expected = _explained(str(error.check), schema[error.schema.name])
        cases = error.failure_cases
        examples = dict(zip(cases["index"], cases["failure_case"], strict=True))
        return [_violation(error.schema.name, kind, expected, examples, len(cases))]
    return []
