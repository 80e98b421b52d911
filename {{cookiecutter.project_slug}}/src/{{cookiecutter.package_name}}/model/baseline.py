"""The score to beat: a model that looks at no feature."""

import pandas as pd
from sklearn.dummy import DummyClassifier, DummyRegressor

from ..data.schema import Schema
from .metrics import Predictions, predict
from .pipeline import inputs


def baseline(train: pd.DataFrame, test: pd.DataFrame, schema: Schema) -> Predictions:
    """Predict the test rows by a model that looks at no feature.

    Args:
        train: rows that it is fitted to.
        test: rows to predict.
        schema: names features and target.
    """
    dummy = DummyRegressor() if schema.task == "regression" else DummyClassifier(strategy="prior")
    X, y = inputs(train, schema)
    return predict(dummy.fit(X, y), *inputs(test, schema), schema)
