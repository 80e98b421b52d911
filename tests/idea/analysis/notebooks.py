"""Notebooks of a few cells on a small table, and what the analysis finds in them."""

import ast
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from idea.analysis import Idea, read_idea

START = """
import joblib
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, StratifiedShuffleSplit
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

df = pd.read_csv("people.csv")
"""
XY = 'X = df[["age", "income"]]\ny = df["churn"]\n'
SPLIT = "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=3)\n"
FIT = "model = LogisticRegression().fit(X, y)\n"
COLUMNS = ("id", "age", "income", "plan", "churn")


def notebook(
    folder: Path,
    *cells: str,
    outputs: Mapping[int, str] | None = None,
    counts: Sequence[int] = (),
    language: str = "python",
) -> Path:
    """Write a notebook of some code cells, with what they printed and when they ran."""
    made = [
        {
            "cell_type": "code",
            "metadata": {},
            "source": source,
            "execution_count": counts[at] if counts else at + 1,
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": text}
                for cell, text in (outputs or {}).items()
                if cell == at
            ],
        }
        for at, source in enumerate(cells)
    ]
    metadata = {"language_info": {"name": language}}
    path = folder / "idea.ipynb"
    path.write_text(
        json.dumps({"cells": made, "metadata": metadata, "nbformat": 4}), encoding="utf-8"
    )
    return path


def analysed(
    folder: Path, *cells: str, target: str = "", outputs: Mapping[int, str] | None = None
) -> Idea:
    """Read a notebook that starts as they do: imports and the table."""
    return read_idea(notebook(folder, START, *cells, outputs=outputs), None, target)


def made_by(idea: Idea) -> str:
    """Give the statements of `prepare`, and the target that it makes."""
    reading = idea.reading
    lines = [ast.unparse(part.node) for part in reading.preparation.statements]
    return "\n".join(
        [*lines, ast.unparse(reading.preparation.y) if reading.preparation.y is not None else ""]
    ).strip()


def fitted_to(idea: Idea) -> str:
    """Give the statements of `features`."""
    return "\n".join(ast.unparse(part.node) for part in idea.reading.features.statements)
