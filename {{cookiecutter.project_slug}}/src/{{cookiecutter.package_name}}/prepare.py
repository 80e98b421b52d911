"""Rows that are left out, and targets that are made, before anything else: by nobody so far."""

import pandas as pd


def prepare(table: pd.DataFrame) -> pd.DataFrame:
    """Give the rows to learn from, with their target, for example: ``table.drop_duplicates()``."""
    return table
