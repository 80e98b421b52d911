"""A notebook's predictor, as a file of `conf/model/` describes it."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idea.knowledge.estimators import config_name, task_of
from idea.models.drafts import Search
from idea.program.static_values import Unknown

Steps = tuple[tuple[str, ast.expr], ...]


@dataclass(frozen=True)
class Estimator:
    """A predictor as a file of `conf/model/` describes it.

    Attributes:
        path: where its class is imported from today.
        name: of the file.
        task: classification or regression.
        config: what Hydra instantiates.
        before: names and expressions of the pipeline's steps before it.
        search: the search around it.
        notes: what could not be carried over, a line each.
        unread: why its parts can't be read, which leaves the configuration empty; else empty.
    """

    path: str
    name: str
    task: str | None
    config: Mapping[str, Any]
    before: Steps
    search: Search | None
    notes: tuple[str, ...]
    unread: str = ""


class Unread(Unknown):
    """An expression makes a predictor whose parts can't be read; the message says why.

    Attributes:
        path: where its class is imported from.
        before: names and expressions of the pipeline's steps before it.
    """

    def __init__(self, path: str, why: str, before: Steps = ()) -> None:
        """Take the predictor's path, why it can't be read, and the steps before it."""
        super().__init__(why)
        self.path = path
        self.before = before

    def estimator(self, task: str | None = None) -> Estimator:
        """Give what is known of the predictor, with its task if the class does not say it."""
        return Estimator(
            path=self.path,
            name=config_name(self.path),
            task=task_of(self.path) or task,
            config={},
            before=self.before,
            search=None,
            notes=(),
            unread=str(self),
        )
