"""Moves code from removed and renamed APIs of pandas, NumPy and scikit-learn to current ones."""

from idea.modernize.names import NotebookNames, notebook_names
from idea.modernize.rewriter import Moved, modernise

__all__ = ["Moved", "NotebookNames", "modernise", "notebook_names"]
