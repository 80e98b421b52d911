"""Moves code from removed and renamed APIs of pandas, NumPy and scikit-learn to current ones."""

from idea.modernize.rewriter import Moved, modernise

__all__ = ["Moved", "modernise"]
