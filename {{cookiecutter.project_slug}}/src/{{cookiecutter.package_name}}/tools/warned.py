"""Warnings of libraries, each said once and counted."""

import logging
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SHOWN = 200  # characters

log = logging.getLogger(__name__)


@contextmanager
def warnings_counted() -> Iterator[None]:
    """Log each kind of warning once, and at the end how many more of it there were.

    A kind is a message without its numbers: a warning for each fold and column is one.
    """
    counts: Counter[str] = Counter()

    def say(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        text = " ".join(str(message).split())
        kind = f"{category.__name__}: {re.sub('[0-9]+', '…', text)}"
        counts[kind] += 1
        if counts[kind] == 1:
            log.warning("%s: %s", category.__name__, text[:SHOWN])

    with warnings.catch_warnings():
        warnings.showwarning = say
        yield
    for kind, number in counts.items():
        if number > 1:
            log.warning("%d more: %s", number - 1, kind[:SHOWN])
