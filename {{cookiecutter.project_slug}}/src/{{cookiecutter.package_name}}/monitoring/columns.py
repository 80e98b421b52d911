"""The columns of the log of predictions, beside which those of a table keep their place."""

import pandas as pd

from ..data.schema import Schema

META = ("id", "time", "version", "variant", "key", "latency", "predicted", "low", "high", "actual")
OTHER = "column "  # begins the name of a feature that is called like a field of the log


def in_log(schema: Schema) -> dict[str, str]:
    """The name of each feature in the log's table, whose own fields keep theirs."""
    names: dict[str, str] = {}
    for name in schema.features:
        logged = name
        while logged in META or logged.startswith("probability_") or logged in names.values():
            logged = f"{OTHER}{logged}"
        names[name] = logged
    return names


def features_of(table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The features of logged rows, under their own names.

    Args:
        table: of the log, or of the reference.
        schema: of the model.
    """
    names = {name: logged for name, logged in in_log(schema).items() if logged in table}
    return pd.DataFrame({name: table[logged] for name, logged in names.items()}, table.index)
