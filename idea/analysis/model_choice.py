"""The estimator of the final fit, and the others that the notebook tries."""

import ast
import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from idea.analysis.blends import find_blend
from idea.analysis.chosen_fit import stacked_by_hand
from idea.analysis.class_encoding import Label, with_class_names
from idea.analysis.fits import Candidate, Fit, in_turn
from idea.analysis.names_at_step import NamesAtStep
from idea.knowledge.renames import current_value
from idea.models import Estimator
from idea.models.drafts import Asked, Search
from idea.models.hydra_config import complete_config, inner_config
from idea.names import listed
from idea.notebooks import Cell, Notebook
from idea.program import Script
from idea.syntax import walk

# The model of the template's own that stands in place of one that can't be read.
STAND_IN = "random_forest"

_BEST = re.compile(r"\b(best|winner|winning|chosen|selected|champion|final)\b", re.IGNORECASE)
_NUMPY_NUMBER = re.compile(r"\bnp\.\w+\(([^()]*)\)")


@dataclass(frozen=True)
class Choice:
    """The model that a notebook settles on.

    Attributes:
        candidate: the expression that makes it.
        others: the other ones that it fits, for any task, the first of each name.
        notes: what has to be looked at, a line each.
        unread: why the model can't be carried over; empty if it can.
        blended: whether the model is a vote of several that the notebook fits one by one.
    """

    candidate: Candidate
    others: tuple[Estimator, ...]
    notes: tuple[str, ...]
    unread: str
    blended: bool = False

    @property
    def estimator(self) -> Estimator:
        """The model, which may be one that can't be read."""
        return self.candidate.estimator

    @property
    def task(self) -> str | None:
        """The model's task, if its class says it."""
        return self.estimator.task

    def of_task(self, task: str) -> tuple[Estimator, tuple[Estimator, ...]]:
        """Give the model, or what stands in for it, and the others for its task by their names."""
        others = [o for o in self.others if o.task == task]
        estimator = stand_in(self.estimator, task) if self.unread else self.estimator
        others.sort(key=lambda other: other.name)
        return estimator, tuple(o for o in others if o.name != estimator.name or self.unread)


def choose_model(fit: Fit, fits: Sequence[Fit], script: Script, notebook: Notebook) -> Choice:
    """Take the model of the final fit, and the others that the notebook tries.

    Args:
        fit: the final fit.
        fits: all fits of the notebook.
        script: the notebook's code.
        notebook: the notebook, with its outputs.
    """
    candidate, is_named = chosen_candidate(fit, script, notebook)
    blend = find_blend(script, fits, fit)
    estimator = candidate.estimator
    notes = list(estimator.notes)
    if not is_named and blend is None:
        names = listed(one.estimator.path.rpartition(".")[2] for one in fit.candidates)
        notes.append(f"no output names the best of {names}: the last is taken")
    unread = ""
    vote = blend.as_vote(NamesAtStep(script, len(script.program.steps))) if blend else None
    if blend and vote:
        candidate = replace(candidate, estimator=vote)
        notes.append(
            f"it adds up what {blend.names} predict: a {vote.path.rpartition('.')[2]} of them does"
        )
    elif stack := stacked_by_hand(script, fits):
        name = stack.candidates[-1].estimator.path.rpartition(".")[2]
        unread = f"it fits {name} to what its other models predict, a stack that it makes by hand"
    elif blend:
        unread = f"it adds up what {blend.names} predict, in a way that can't be carried over"
    elif estimator.unread:
        unread = f"{estimator.path.rpartition('.')[2]} can't be carried over, {estimator.unread}"
    if unread:
        notes.append(f"{unread}: `model={STAND_IN}` stands in its place")
    others = other_estimators(candidate.estimator, fits)
    return Choice(candidate, others, tuple(notes), unread, vote is not None)


def in_best_turn(
    fit: Fit, fits: Sequence[Fit], script: Script, notebook: Notebook
) -> tuple[Fit, list[Fit]]:
    """Give the final fit as it is in the turn of its loop that makes the chosen predictor.

    A loop may make several fits, each under a condition: they are one, of all their predictors.

    Args:
        fit: the final fit.
        fits: all fits of the notebook.
        script: the notebook's code.
        notebook: the notebook, with its outputs.

    Returns:
        The fit, and all fits with it in its place.
    """
    if not any(candidate.turn for candidate in fit.candidates):
        return fit, list(fits)
    if len(fit.candidates) == 1 and fit not in fits:  # the code takes one of the loop's
        return in_turn(fit, fit.candidates[0], script), list(fits)
    alike = [one for one in fits if one.loops and one.loops[0] is fit.loops[0]]
    every = sorted((c for one in alike for c in one.candidates), key=lambda one: one.at)
    chosen, _ = chosen_candidate(replace(fit, candidates=tuple(every)), script, notebook)
    its = next(one for one in (fit, *alike) if any(c is chosen for c in one.candidates))
    found = replace(in_turn(its, chosen, script), candidates=tuple(every))
    return found, [found if one is its else one for one in fits]


def chosen_candidate(fit: Fit, script: Script, notebook: Notebook) -> tuple[Candidate, bool]:
    """Of the predictors that a loop compares, take the one that is named the best; else the last.

    Args:
        fit: the final fit.
        script: the notebook's code, which has names for predictors in a dict.
        notebook: the notebook, with its outputs.

    Returns:
        The predictor, and whether it is the only one, or the code or an output names it.
    """
    if len(fit.candidates) == 1:
        return fit.candidates[0], True
    labelled = _labelled(fit, script)
    named = [label for label in _named_in_code(script) if label in labelled]
    if named:
        return labelled[named[-1]], True
    texts = [text.strip() for cell in notebook.cells for text in cell.outputs]
    for text in reversed(texts):
        alone = labelled.get(text.strip("'\""))
        if alone is not None:
            return alone, True
        for line in reversed(text.splitlines()):
            best = _named_best(line, labelled)
            if best is not None:
                return best, True
    return fit.candidates[-1], False


def _named_in_code(script: Script) -> Iterator[str]:
    """Give the texts that variables such as `best_model_name` are assigned."""
    for step in script.program.steps:
        match step.node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                if _BEST.search(name.replace("_", " ")):
                    yield text


def _labelled(fit: Fit, script: Script) -> dict[str, Candidate]:
    """Give a fit's candidates by what the notebook may call them in an output."""
    labelled: dict[str, Candidate] = {}
    for candidate in fit.candidates:  # a class's name, if no other has it
        name = candidate.estimator.path.rpartition(".")[2]
        twins = [c for c in fit.candidates if c.estimator.path == candidate.estimator.path]
        if len(twins) == 1:
            labelled[name] = candidate
    by_code = {ast.dump(candidate.node): candidate for candidate in fit.candidates}
    for step in script.program.steps[: fit.position]:
        for node in walk(step.node):
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    known = by_code.get(ast.dump(value))
                    if isinstance(key, ast.Constant) and known is not None:
                        labelled[str(key.value)] = known
    labelled |= {label: one for one in fit.candidates for label in one.labels}
    return labelled


def _named_best(line: str, labelled: Mapping[str, Candidate]) -> Candidate | None:
    """Find the candidate that a line of output calls the best: the first one named after that."""
    said = _BEST.search(line)
    if said is None:
        return None
    rest = line[said.end() :]
    found = [
        (match.start(), -len(label), label)
        for label in labelled
        if label and (match := re.search(rf"(?<!\w){re.escape(label)}(?!\w)", rest))
    ]
    return labelled[min(found)[2]] if found else None


def other_estimators(chosen: Estimator, fits: Sequence[Fit]) -> tuple[Estimator, ...]:
    """Give the other estimators, the first of each name.

    Args:
        chosen: the estimator of the final fit.
        fits: all fits of the notebook.
    """
    others: dict[tuple[str, str | None], Estimator] = {}
    for fit in fits:
        for candidate in fit.candidates:
            found = candidate.estimator
            if not found.unread and found.path != chosen.path:
                others.setdefault((found.name, found.task), found)
    return tuple(others.values())


def named_classes(estimator: Estimator, numbers: Mapping[Label, int]) -> Estimator:
    """Give a model classes for numbers in its parameters, as far as they can be said of classes."""
    try:
        return replace(estimator, config=with_class_names(estimator.config, numbers))
    except ValueError:
        return estimator


def for_many_classes(estimator: Estimator) -> Estimator:
    """Wrap a solver for two classes, which took more by itself in earlier versions."""
    if estimator.config.get("solver") != "liblinear":
        return estimator
    search = estimator.search.renamed("", "estimator__") if estimator.search else None
    path = "sklearn.multiclass.OneVsRestClassifier"
    config = {"_target_": path, "estimator": estimator.config}
    return replace(estimator, config=config, search=search)


def stand_in(estimator: Estimator, task: str) -> Estimator:
    """Give a model of the template's own in place of one that can't be read.

    Args:
        estimator: the notebook's model.
        task: "classification" or "regression".
    """
    kind = "Classifier" if task == "classification" else "Regressor"
    return replace(estimator, path=f"sklearn.ensemble.RandomForest{kind}", name=STAND_IN, task=task)


def with_best_parameters(estimator: Estimator, notebook: Notebook) -> tuple[Estimator, bool]:
    """Take the parameters that the notebook's search found, if its outputs show them.

    Args:
        estimator: the estimator of the final fit.
        notebook: the notebook, with its outputs.

    Returns:
        The estimator, and whether its search has still to be run.
    """
    search = estimator.search
    if search is None:
        return estimator, False
    config = copy.deepcopy(dict(estimator.config))
    space = dict(search.space)
    for asked in search.asked:
        best = _shown(asked, search, notebook)
        for written, value in best.items():
            key = asked.keys[written]
            if key is not None:
                _set(config, key, value)
        if best:
            space = {key: v for key, v in space.items() if key not in asked.keys.values()}
            complete = _l1_ratio_of(asked)
            space = {key: v for key, v in space.items() if key != complete}
    if space:  # what is left to search for; else the whole space, for a search to come
        search = replace(search, space=space)
    return replace(estimator, config=config, search=search), bool(space) or not search.asked


def _l1_ratio_of(asked: Asked) -> str:
    """Give the key that takes the place of a `penalty` in a search space."""
    penalty = next((key for key in asked.keys.values() if key and _last(key) == "penalty"), "")
    return f"{penalty.removesuffix('penalty')}l1_ratio"


def _shown(asked: Asked, search: Search, notebook: Notebook) -> dict[str, Any]:
    """Give the best parameters of a search as an output shows them; none if none does.

    Args:
        asked: the parameters that it looks for.
        search: the whole search, which may look for those of several models.
        notebook: the notebook, with its outputs.
    """
    twins = [one for one in search.asked if set(one.keys) == set(asked.keys)]
    shown = [
        (cell, found)
        for cell, found in _shown_parameters(notebook)
        if found
        and set(found) <= set(asked.keys)
        and (asked.several or len(found) == len(asked.keys))
    ]
    own = [found for cell, found in shown if _asks_for_best(asked.variable, cell.source)]
    if len(twins) > 1:  # of which search they are has to be certain
        return own[-1] if own and len({one.variable for one in twins}) == len(twins) else {}
    return own[-1] if own else shown[-1][1] if shown else {}


def _asks_for_best(variable: str, source: str) -> bool:
    return bool(variable) and bool(
        re.search(rf"(?<!\w){re.escape(variable)}\.best_(params|estimator)_", source)
    )


def _set(config: dict[str, Any], key: str, value: Any) -> None:
    """Give a parameter a value where its key leads to."""
    *outer, name = key.split("__")
    inner = inner_config(config, outer)
    if inner is not None:
        inner[name] = current_value(str(inner["_target_"]), name, value)
        complete_config(inner)


def _shown_parameters(notebook: Notebook) -> Iterator[tuple[Cell, dict[str, Any]]]:
    """Find the dicts of parameters in the outputs of cells that ask for the best ones."""
    for cell in notebook.cells:
        if "best_params_" not in cell.source and "best_estimator_" not in cell.source:
            continue
        for output in cell.outputs:
            for text in re.findall(r"\{[^{}]*\}", output):
                try:
                    found = ast.literal_eval(_NUMPY_NUMBER.sub(r"\1", text))
                except (ValueError, SyntaxError):
                    continue
                if isinstance(found, dict):
                    yield cell, {str(key): value for key, value in found.items()}


def _last(name: str) -> str:
    return name.rpartition("__")[2]
