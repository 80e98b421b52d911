"""Reads a search for hyperparameters around a predictor."""

import ast
from collections.abc import Mapping

from idea.knowledge.estimators import CLASSIFIERS, REGRESSORS, stem
from idea.knowledge.model_selection import DEFAULT_DRAWS, DEFAULT_FOLDS, PLAIN_FOLDS
from idea.models.drafts import Asked, Draft, Search
from idea.models.hydra_config import Config, search_l1_ratio
from idea.models.measures import scoring_name
from idea.models.parameters import current_choices, current_key
from idea.models.search_spaces import read_space
from idea.program import literal
from idea.program.static_values import Names, Unknown, entries, resolve
from idea.syntax import brief, keyword_value

SPACE = "space"  # stands for the parameter that holds the search space, however it is called


def read_search(draft: Draft, kind: str, given: Mapping[str, ast.expr], names: Names) -> Search:
    """Read the search around a predictor.

    Args:
        draft: the predictor, with the search inside it, if there is one.
        kind: grid, random, halving or optuna.
        given: the search's arguments by name.
        names: what the notebook's names stand for.

    Returns:
        The search; of two nested ones, one that looks through both spaces.
    """
    notes: list[str] = []
    space: Config = {}
    asked: tuple[Asked, ...] = ()
    if SPACE in given:
        space, notes, one = _space(draft, given[SPACE], names)
        asked = (one,)
    draws = _draws(given, kind, names)
    if draft.search:
        asked = (*draft.search.asked, *asked)
        space = {**draft.search.space, **space}
        notes = [*draft.search.notes, *notes]
        if any(isinstance(found, dict) for found in space.values()):
            kind, draws = draft.search.kind, draws or draft.search.n_iter
    return Search(
        kind=kind,
        cv=_folds(given.get("cv"), names, notes),
        n_iter=draws,
        scoring=scoring_name(given["scoring"], names) if "scoring" in given else None,
        space=space,
        asked=asked,
        notes=tuple(notes),
    )


def _space(draft: Draft, node: ast.expr, names: Names) -> tuple[Config, list[str], Asked]:
    """Read the space of a search, what is lost of it, and the names of its parameters."""
    keys: dict[str, str | None] = {}

    def key(written: str) -> str | None:
        own = draft.key(written)
        keys[written] = None if own is None else current_key(draft.path, own)
        return keys[written]

    own = _own_grids(draft, node, names)
    space, notes = read_space(own, names, key)
    if own is not node:
        notes.append("the grids of other models are left out")
    space = {name: current_choices(draft.path, name, found) for name, found in space.items()}
    if stem(draft.path) == "LogisticRegression":
        search_l1_ratio(space, notes)
    grids = resolve(own, names)
    several = isinstance(grids, ast.List | ast.Tuple) and len(grids.elts) > 1
    return space, notes, Asked(keys, several)


def _own_grids(draft: Draft, node: ast.expr, names: Names) -> ast.expr:
    """Leave out the grids that put another predictor in the place of this one."""
    grids = resolve(node, names)
    if not isinstance(grids, ast.List | ast.Tuple):
        return node
    kept = [grid for grid in grids.elts if not _is_of_another(grid, draft, names)]
    if len(kept) in (0, len(grids.elts)):
        return node
    return kept[0] if len(kept) == 1 else ast.List(kept, ast.Load())


def _is_of_another(grid: ast.expr, draft: Draft, names: Names) -> bool:
    """Tell whether a grid chooses among predictors, none of which is this one."""
    try:
        choices = [resolve(values, names) for _, values in entries(grid, names)]
    except Unknown:
        return False
    for choice in choices:
        if isinstance(choice, ast.List | ast.Tuple):
            calls = [resolve(each, names) for each in choice.elts]
            made = [names.path(c.func) or "" for c in calls if isinstance(c, ast.Call)]
            classes = {path.rpartition(".")[2] for path in made}
            own = draft.path.rpartition(".")[2]
            known = classes & {*CLASSIFIERS, *REGRESSORS}
            if known and own not in classes:
                return True
    return False


def _folds(node: ast.expr | None, names: Names, notes: list[str]) -> int | None:
    if node is None:
        return None
    node = resolve(node, names)
    if isinstance(node, ast.Call):
        name = (names.path(node.func) or "").rpartition(".")[2]
        first = node.args[0] if node.args else keyword_value(node, "n_splits")
        folds = _whole_number(first, names) or (DEFAULT_FOLDS if name.endswith("Fold") else None)
        if name not in PLAIN_FOLDS:
            notes.append(f"cross-validation by {name or brief(node)} is read as plain folds")
        return folds
    return _whole_number(node, names)


def _draws(given: Mapping[str, ast.expr], kind: str, names: Names) -> int | None:
    node = given.get("n_iter") or given.get("n_trials")
    return _whole_number(node, names) or DEFAULT_DRAWS.get(kind)


def _whole_number(node: ast.expr | None, names: Names) -> int | None:
    try:
        value = None if node is None else literal(node, names)
    except Unknown:
        return None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
