"""The interface of a runtime: plain values by column, so that no caller needs pandas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Columns = Mapping[str, Sequence[Any]]  # values by name, None where one is missing


@dataclass(frozen=True)
class Answers:
    """A model's answers for some rows.

    Attributes:
        predictions: a label or a number for each row.
        probabilities: shape (rows, classes); None for a regression.
    """

    predictions: list[Any]
    probabilities: npt.NDArray[np.float64] | None = None


class Unknown(BaseException):
    """A value, or an operation on it, for which it is not known what the pipeline gives.

    No `except Exception` of a notebook catches it.
    """


class TakesLong(Exception):  # noqa: N818 - it is an answer, not an accident
    """Only the pipeline itself can answer, for which there is a thread."""


class Runtime(Protocol):
    """A loaded model.

    Attributes:
        name: what answers, for people.
        quick: whether a row takes so little time that no thread is needed for it.
        classes: the labels in the order of the probabilities; None for a regression.
    """

    name: str
    quick: bool
    classes: list[Any] | None

    def predict(self, columns: Columns) -> Answers:
        """Answer for rows whose values have been checked."""
        ...

    def quickly(self, columns: Columns) -> Answers:
        """The same, if it takes little time.

        Raises:
            TakesLong: if it does not.
        """
        ...
