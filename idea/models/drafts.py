"""A predictor that is being read, and the search around it."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from idea.models.hydra_config import Config

TOGETHER = "its members were searched one by one; here one search draws from all of their spaces"


@dataclass(frozen=True)
class Asked:
    """The parameters that one search of a notebook looks for.

    Attributes:
        keys: by their names in the notebook, their keys in the model's configuration; None where
            the configuration has none.
        several: whether it looks through several grids, which need not have the same parameters.
        variable: the variable that holds the search; empty if none does.
    """

    keys: Mapping[str, str | None]
    several: bool = False
    variable: str = ""


@dataclass(frozen=True)
class Search:
    """How a notebook looks for hyperparameters.

    Attributes:
        kind: the search of the rendered repository: grid, random, halving or optuna.
        cv: the number of folds, if it is given.
        n_iter: the number of draws, if it is a search that draws.
        scoring: the scorer's name, if it is given.
        space: of the model's own parameters, lists of choices or ranges {low, high, log}.
        asked: what each of the notebook's searches looks for: of a model that is made of several
            searched ones, one search each.
        notes: what could not be carried over, a line each.
    """

    kind: str
    cv: int | None
    n_iter: int | None
    scoring: str | None
    space: Mapping[str, Any]
    asked: tuple[Asked, ...] = ()
    notes: tuple[str, ...] = ()

    def renamed(self, old: str, new: str) -> "Search":
        """Replace what keys of the configuration begin with."""

        def key(name: str) -> str:
            return new + name.removeprefix(old) if name.startswith(old) else name

        space = {key(name): values for name, values in self.space.items()}
        asked = tuple(
            replace(one, keys={w: k if k is None else key(k) for w, k in one.keys.items()})
            for one in self.asked
        )
        return replace(self, space=space, asked=asked)

    def held_by(self, variable: str) -> "Search":
        """Note the variable that holds it, unless one is known."""
        asked = tuple(replace(one, variable=one.variable or variable) for one in self.asked)
        return replace(self, asked=asked)

    def and_also(self, other: "Search") -> "Search":
        """Look through the spaces of two members of one model at once.

        All combinations would be too many, so that many are drawn as both searches try.
        """
        trials = _trials(self) + _trials(other)
        return replace(
            self,
            kind=self.kind if self.kind == "optuna" else "random",
            n_iter=trials,
            space={**self.space, **other.space},
            asked=self.asked + other.asked,
            notes=tuple(dict.fromkeys((*self.notes, *other.notes, TOGETHER))),
        )


def _trials(search: Search) -> int:
    """Give the number of combinations that a search tries."""
    if search.n_iter:
        return search.n_iter
    count = 1
    for values in search.space.values():
        count *= len(values) if isinstance(values, list) else 10
    return count


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
            self.search = self.search.renamed(old, new)
