"""Writes `features.py` of a notebook whose statements can't be parted: the raw columns."""

import textwrap

from idea.analysis import Idea
from idea.codegen.module_writer import GeneratedModule

# The first line is the one by which the rendered repo knows this form (parity/birth.py).
_TEXT = '''\
"""The raw columns: the notebook's own features are not among them.

{why}
"""

from typing import Any

import pandas as pd

from .steps import Learned, Steps


class Features(Steps):
    """Add, change or drop columns of the raw table."""

    def steps(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> pd.DataFrame:
        """Give the features of raw rows, for example: ``X["ratio"] = X["length"] / X["depth"]``."""
        return X
'''


def raw_columns_module(idea: Idea) -> GeneratedModule:
    """Write `features.py`."""
    plain = idea.unparted.replace("\\", "/").replace('"', "'")
    return GeneratedModule(_TEXT.format(why=textwrap.fill(f"Why: {plain}.", 99)), ())
