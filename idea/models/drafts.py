"""A predictor that is being read, and the search around it."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from idea.models.hydra_config import Config


@dataclass(frozen=True)
class Search:
    """How a notebook looks for hyperparameters.

    Attributes:
        kind: the search of the rendered repository: grid, random, halving or optuna.
        cv: the number of folds, if it is given.
        n_iter: the number of draws, if it is a search that draws.
        scoring: the scorer's name, if it is given.
        space: of the model's own parameters, lists of choices or ranges {low, high, log}.
        notes: what could not be carried over, a line each.
    """

    kind: str
    cv: int | None
    n_iter: int | None
    scoring: str | None
    space: Mapping[str, Any]
    notes: tuple[str, ...] = ()


@dataclass
class Draft:
    """A predictor that is being read.

    Attributes:
        path: where its class is imported from today.
        config: what Hydra instantiates; others are put around it while reading goes on.
        before: names and expressions of the pipeline's steps before it.
        prefixes: what a parameter of the notebook's object begins with, and what it begins with in
            `config`; the first that fits is replaced. None is for parameters that are not the
            model's own.
        search: the search around it.
    """

    path: str
    config: Config
    before: list[tuple[str, ast.expr]] = field(default_factory=list)
    prefixes: list[tuple[str, str | None]] = field(default_factory=lambda: [("", "")])
    search: Search | None = None

    def key(self, written: str) -> str | None:
        """Give the key in `config` of a parameter; None if it is not the model's own."""
        old, new = next(pair for pair in self.prefixes if written.startswith(pair[0]))
        return None if new is None else new + written.removeprefix(old)

    def put_inside(self, parameter: str) -> None:
        """Move the whole model into a parameter of another object."""
        self.prefixes = [
            (old, None if new is None else parameter + new) for old, new in self.prefixes
        ]
        self.rename_space("", parameter)

    def rename_space(self, old: str, new: str) -> None:
        """Replace a prefix of the search space's keys."""
        if self.search:
            space = {
                new + key.removeprefix(old) if key.startswith(old) else key: values
                for key, values in self.search.space.items()
            }
            self.search = replace(self.search, space=space)
