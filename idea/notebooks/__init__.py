"""Notebook files: their cells, in the order in which they run, as plain Python."""

from idea.notebooks.reader import BadNotebook, Cell, Notebook, read_notebook

__all__ = ["BadNotebook", "Cell", "Notebook", "read_notebook"]
