"""The score to beat: a model that looks at no feature."""

import pandas as pd
from sklearn.dummy import DummyClassifier, DummyRegressor

from ..data.schema import Schema
from .metrics import Predictions, predict
from .pipeline import inputs


def baseline(train: pd.DataFrame, test: pd.DataFrame, schema: Schema) -> Predictions:
    """What a model that looks at no feature says of the test rows."""
    dummy = DummyRegressor() if schema.task == "regression" else DummyClassifier(strategy="prior")
    X, y = inputs(train, schema)
    return predict(dummy.fit(X, y), *inputs(test, schema), schema)
