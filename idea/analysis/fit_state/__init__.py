"""Separates fit-time computations from per-row transformations.

A statement stays as it is; only what is computed from many rows is wrapped:
``df["Age"].fillna(df["Age"].median())`` becomes
``df["Age"].fillna(learn("age_median", lambda: df["Age"].median()))``.
While fitting, `learn` computes the value and keeps it; later it looks the value up.
"""

from idea.analysis.fit_state.learn_calls import learned_at_once
from idea.analysis.fit_state.statements import Learning

__all__ = ["Learning", "learned_at_once"]
