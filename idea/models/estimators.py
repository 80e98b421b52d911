"""Reads a notebook's model expression as a file of `conf/model/`, without running it."""

import ast
from dataclasses import replace

from idea.knowledge.estimators import (
    CLASSIFICATION,
    COPIES,
    PIPELINES,
    RETURN_THEMSELVES,
    canonical,
    config_name,
    is_foreign,
    task_of,
)
from idea.knowledge.model_selection import SEARCHES
from idea.models.estimator import Estimator, Unread
from idea.models.estimator_reader import Reader
from idea.models.probabilities import with_probabilities
from idea.models.resampled import CLASSIFIER, resampled
from idea.program.static_values import Names, Unknown, resolve
from idea.syntax import brief


def may_make_estimator(node: ast.expr, names: Names) -> bool:
    """Tell cheaply whether an expression may create a predictor; False is certain, True is not.

    Only the outermost call is inspected: a pipeline, a search or a copy may hold anything.
    """
    try:
        node = resolve(node, names)
    except (Unknown, RecursionError):
        return False
    if isinstance(node, ast.Attribute):
        return node.attr == "best_estimator_"
    if not isinstance(node, ast.Call):
        return False
    path = canonical(names.path(node.func) or "")
    if not path:
        return isinstance(node.func, ast.Attribute) and node.func.attr in RETURN_THEMSELVES
    name = path.rpartition(".")[2]
    known = path in COPIES or name in PIPELINES or name in SEARCHES or is_foreign(path)
    return known or bool(task_of(path))


def find_estimator(node: ast.expr, names: Names) -> Estimator | None:
    """Read the predictor that an expression makes; None if it makes none.

    Whoever needs to know both whether there is an estimator and which one calls this once, and
    passes the result on. Of a predictor whose parts can't be read, it says why.
    """
    if not may_make_estimator(node, names):
        return None
    try:
        return read_estimator(node, names)
    except Unread as unread:
        return unread.estimator()
    except Unknown:
        return None


def with_sampler(estimator: Estimator, sampler: ast.expr, names: Names) -> Estimator | None:
    """Fit a classifier to rows that an object resamples; None if that can't be carried over.

    Args:
        estimator: the classifier.
        sampler: the expression that makes the object.
        names: what the notebook's names stand for.
    """
    try:
        behind = resolve(sampler, names)
        made = Reader(names).read_object(behind) if isinstance(behind, ast.Call) else None
    except Unknown:
        return None
    config = None if made is None else resampled(dict(estimator.config), made)
    if config is None or estimator.task != CLASSIFICATION:
        return None
    search = estimator.search.renamed("", CLASSIFIER) if estimator.search else None
    return replace(estimator, config=config, search=search)


def read_estimator(node: ast.expr, names: Names) -> Estimator:
    """Read the predictor that an expression makes.

    Args:
        node: the expression.
        names: what the notebook's names stand for.

    Returns:
        The predictor.

    Raises:
        Unread: it makes one whose parts can't be read; one line.
        Unknown: it makes none; one line.
    """
    reader = Reader(names)
    try:
        draft = reader.read(node)
    except RecursionError:
        raise Unknown(f"{brief(node)} refers to itself") from None
    notes = [*reader.notes, *with_probabilities(draft)]
    return Estimator(
        path=draft.path,
        name=config_name(draft.path),
        task=task_of(draft.path),
        config=draft.config,
        before=tuple(draft.before),
        search=draft.search,
        notes=tuple(dict.fromkeys(notes)),
    )
