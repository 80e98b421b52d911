"""The reference for drift: rows that the model did not learn from, and its answers."""

from pathlib import Path

import pandas as pd

from ..data.tables import write_table
from ..model.metrics import predict
from ..model.pipeline import inputs
from ..packing.candidate import Candidate
from ..tools.errors import Refusal
from .columns import in_log

FILE = "reference.parquet"
ROWS = 5_000  # enough to know a distribution by, and little to carry


def pack_reference(folder: Path, candidate: Candidate, seed: int) -> None:
    """Add reference.parquet to a model folder.

    It holds a sample of the test rows: the features, `predicted`, `probability_<class>` for each
    class, and the target as `actual`; the columns that the log of predictions has.

    Args:
        folder: of the model.
        candidate: the model, and rows that it did not learn from.
        seed: of the sample.
    """
    test, schema = candidate.test, candidate.schema
    rows = test.sample(min(len(test), ROWS), random_state=seed).sort_index()
    X, y = inputs(rows, schema)
    found = predict(candidate.model, X, y, schema)
    table = X.rename(columns=in_log(schema)).assign(predicted=found.predicted, actual=y)
    if found.probabilities is not None and found.classes is not None:
        for label, chances in zip(found.classes, found.probabilities.T, strict=True):
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
