"""What drift is measured against: rows that the model did not learn from, and its answers."""

from pathlib import Path

import pandas as pd
from sklearn.pipeline import Pipeline

from ..data.schema import Schema
from ..model.metrics import predict
from ..model.pipeline import inputs
from ..tools.errors import Refusal
from ..tools.files import write_table

FILE = "reference.parquet"
ROWS = 5_000  # enough to know a distribution by, and little to carry


def write_reference(
    folder: Path, model: Pipeline, schema: Schema, test: pd.DataFrame, seed: int
) -> None:
    """Leave reference.parquet in a model folder.

    It holds a sample of the test rows: the features, `predicted`, `probability_<class>` for each
    class, and the target as `actual`; the columns that the log of predictions has.
    """
    rows = test.sample(min(len(test), ROWS), random_state=seed).sort_index()
    X, y = inputs(rows, schema)
    said = predict(model, X, y, schema)
    table = X.assign(predicted=said.predicted, actual=y)
    if said.probabilities is not None and said.classes is not None:
        for label, chances in zip(said.classes, said.probabilities.T, strict=True):
            table[f"probability_{label}"] = chances
    write_table(folder / FILE, table)


def read_reference(folder: Path) -> pd.DataFrame:
    """The reference of a model folder.

    Raises:
        Refusal: if it was packed before there were references.
    """
    if not (folder / FILE).is_file():
        raise Refusal(f"{folder} has no {FILE}; run `make pipeline`, then `make promote`")
    return pd.read_parquet(folder / FILE)
