"""Everything that is told of a notebook at once, for the answers, the templates and the hook."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from idea.analysis.chosen_fit import NoIdea, choose_fit
from idea.analysis.fits import Candidate, Fit, find_fits
from idea.analysis.names_at_step import NamesAtStep
from idea.analysis.reader import Reader, Reading
from idea.knowledge.estimators import todays_value
from idea.models import Estimator, Score, judged_by
from idea.notebooks import BadNotebook, Notebook, read_notebook
from idea.program import Script, literal, read_script
from idea.program.static_values import Unknown
from idea.tables import Peek, Source, peek, read_source
from idea.tables.notebook_source import NoData, as_file, find_file

SEED = 42


class BadIdea(ValueError):
    """No repo can be made from the notebook; the message is one line about the `question`."""

    def __init__(self, question: str, message: str, table: Path | None = None) -> None:
        """Take the question whose answer can't be used, why, and the table that is read anyway."""
        super().__init__(message)
        self.question = question
        self.table = table


@dataclass(frozen=True)
class Idea:
    """What a notebook does."""

    notebook: Notebook
    script: Script
    fits: tuple[Fit, ...]  # all, in order
    source: Source
    path: Path  # of the table; for scikit-learn's own, its name
    peek: Peek
    reading: Reading
    estimator: Estimator
    others: tuple[Estimator, ...]
    metric: str
    scores: tuple[Score, ...]
    task: str
    seed: int
    split_kind: str
    test_size: float
    searched: bool  # whether the search has to be run: its result is not in the outputs
    notes: tuple[tuple[int, str], ...] = field(default_factory=tuple)


def read_idea(notebook: Path, dataset: Path | None = None, target: str = "") -> Idea:
    """Read a notebook's idea.

    Args:
        notebook: its path.
        dataset: the table, if it was named.
        target: the column to predict, if it was named.

    Raises:
        BadIdea: nothing can be made of it.
    """
    try:
        stamps = tuple(p.stat().st_mtime_ns if p else 0 for p in (notebook, dataset))
    except OSError:
        stamps = (0, 0)
    found = _read_once(notebook, dataset, target, stamps)
    if isinstance(found, BadIdea):
        raise found
    return found


@lru_cache(maxsize=8)
def _read_once(
    notebook: Path, dataset: Path | None, target: str, _changed: tuple[int, ...]
) -> Idea | BadIdea:
    try:
        return _read(notebook, dataset, target)
    except BadIdea as bad:
        return bad
    except BadNotebook as bad:
        return BadIdea("notebook", str(bad))
    except NoIdea as bad:
        return BadIdea("notebook", f"{notebook.name}: {bad}", dataset or _any_table(notebook))
    except NoData as bad:
        return BadIdea("dataset", str(bad))


def _read(path: Path, dataset: Path | None, target: str) -> Idea:
    notebook = read_notebook(path)
    script = read_script(notebook)
    fits = find_fits(script)
    fit = choose_fit(script, fits)
    reader = Reader(script, fit)
    load = reader.steps[reader.load]
    assert load.call is not None
    source = read_source(load.call, NamesAtStep(script, reader.load))
    if source.format == "sklearn":
        file = Path(source.as_written)
    else:
        file = dataset or find_file(source, path)
        source = as_file(source, file)
    seen = peek(file, source)
    reading = reader.read(seen.columns, seen.texts, target)
    names = NamesAtStep(script, fit.names_at)
    estimator, others = _estimators(script, fit, fits, notebook)
    task = estimator.task or "classification"
    statements = [(s.cell, s.node) for s in script.program.steps]
    outputs = {c.number: c.outputs for c in notebook.cells}
    metric, scores = judged_by(statements, outputs, names, task)
    if task == "classification" and reading.y is None and seen.values.get(reading.target, 0) > 2:
        estimator, others = _one_by_one(estimator), tuple(_one_by_one(o) for o in others)
    metric = _for_classes(metric, reading, seen) if task == "classification" else metric
    estimator, searched = _with_best(estimator, notebook)
    kind, size, seed = _split(reading, script, task, seen.rows)
    notes = [(load.cell, note) for note in source.notes]
    notes += [(script.program.steps[fit.position].cell, note) for note in estimator.notes]
    return Idea(
        notebook, script, tuple(fits), source, file, seen, reading, estimator, others, metric,
        scores, task, seed, kind, size, searched, tuple([*reading.notes, *notes]),
    )  # fmt: skip


def _one_by_one(estimator: Estimator) -> Estimator:
    """A solver for two classes, made to take more as it did by itself once."""
    if estimator.config.get("solver") != "liblinear":
        return estimator
    path = "sklearn.multiclass.OneVsRestClassifier"
    search = estimator.search
    if search is not None:
        space = {f"estimator__{name}": values for name, values in search.space.items()}
        search = replace(search, space=space)
    return replace(
        estimator, config={"_target_": path, "estimator": estimator.config}, search=search
    )


_MANY = {
    "roc_auc": "roc_auc_ovr",
    "average_precision": "roc_auc_ovr",
    "f1": "f1_macro",
    "precision": "balanced_accuracy",
    "recall": "balanced_accuracy",
}
_TWO = {"roc_auc_ovr": "roc_auc", "f1_macro": "f1", "f1_weighted": "f1"}


def _for_classes(metric: str, reading: Reading, seen: Peek) -> str:
    """Give the metric's counterpart for two classes, or for more."""
    if reading.y is not None:
        text = " ".join(ast.unparse(part.node) for part in reading.prepare)
        if re.search(r"cut\(|where\(|lambda|[<>]|==", text):
            return metric  # other classes than the column has
    known = seen.values.get(reading.target)
    if known is None:
        return metric
    return _MANY.get(metric, metric) if known > 2 else _TWO.get(metric, metric)


def _any_table(path: Path) -> Path | None:
    """Find a table that a notebook reads, whatever it does with it."""
    script = read_script(read_notebook(path))
    for position, step in enumerate(script.program.steps):
        if step.role == "load" and step.call is not None:
            try:
                return find_file(read_source(step.call, NamesAtStep(script, position)), path)
            except NoData:
                continue
    return None


def _best_of(fit: Fit, script: Script, notebook: Notebook) -> Candidate:
    """Of the models that a loop compares, take the one that an output names; else the last."""
    named: dict[str, str] = {}
    for step in script.program.steps[: fit.position]:
        for node in ast.walk(step.node):
            if isinstance(node, ast.Dict):
                named |= {
                    str(key.value): ast.dump(value)
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant)
                }
    candidates = {ast.dump(candidate.node): candidate for candidate in fit.candidates}
    shown = [text.strip().strip("'\"") for cell in notebook.cells for text in cell.outputs]
    for text in reversed(shown):
        if named.get(text) in candidates:
            return candidates[named[text]]
    return fit.candidates[-1]


def _estimators(
    script: Script, fit: Fit, fits: Sequence[Fit], notebook: Notebook
) -> tuple[Estimator, tuple[Estimator, ...]]:
    chosen = _best_of(fit, script, notebook).estimator
    others: dict[str, Estimator] = {}
    for other in fits:
        for candidate in other.candidates:
            found = candidate.estimator
            if found.path != chosen.path and found.task == chosen.task:
                others.setdefault(found.name, found)
    return chosen, tuple(others[name] for name in sorted(others) if name != chosen.name)


def _with_best(estimator: Estimator, notebook: Notebook) -> tuple[Estimator, bool]:
    """Take the parameters that the notebook's search found, if its outputs show them."""
    search = estimator.search
    if search is None:
        return estimator, False
    best: dict[str, Any] = {}
    for cell in notebook.cells:
        if "best_params_" not in cell.source and "best_estimator_" not in cell.source:
            continue
        for output in cell.outputs:
            for text in re.findall(r"\{[^{}]*\}", output):
                try:
                    found = ast.literal_eval(text)
                except (ValueError, SyntaxError):
                    continue
                if isinstance(found, dict):
                    named = {
                        _last(key): value for key, value in found.items() if isinstance(key, str)
                    }
                    own = {_last(key) for key in search.space}
                    if named and set(named) <= own:
                        best = named
    if not best:
        return estimator, True
    best = {name: todays_value(estimator.path, name, value) for name, value in best.items()}
    config = dict(estimator.config)
    inner = config.get("classifier") if "classifier" in config else None
    if isinstance(inner, dict) and str(config.get("_target_", "")).endswith("EncodedTarget"):
        config["classifier"] = {**inner, **best}
    else:
        config.update(best)
    return replace(estimator, config=config), False


def _last(name: str) -> str:
    return name.rpartition("__")[2]


def _split(reading: Reading, script: Script, task: str, rows: int) -> tuple[str, float, int]:
    kind = "stratified" if task == "classification" else "random"
    call = reading.split
    if call is None:
        return kind, 0.2, SEED
    keywords = {k.arg: k.value for k in call.keywords}
    names = NamesAtStep(script, max(reading.split_position, 0) or reading.fit.position)

    def known(name: str) -> Any:
        try:
            return literal(keywords[name], names) if name in keywords else None
        except Unknown:
            return None

    size, train = known("test_size"), known("train_size")
    if isinstance(size, int) and size >= 1:
        size = size / max(rows, 1)
    if not isinstance(size, float):
        size = 1 - train if isinstance(train, float) else 0.25
    if isinstance(call.func, ast.Attribute) and call.func.attr == "split":
        size = 0.2 if "test_size" not in keywords else size
    if known("shuffle") is False:
        kind = "time"
    elif ("stratify" in keywords and known("stratify") is not None) or (
        "stratify" in keywords and not isinstance(keywords["stratify"], ast.Constant)
    ):
        kind = "stratified"
    elif isinstance(call.func, ast.Name | ast.Attribute) and "split" in ast.unparse(call.func):
        kind = "random"
    if task == "regression" and kind == "stratified":
        kind = "random"
    seed = known("random_state")
    return (
        kind,
        round(min(max(size, 0.05), 0.9), 4),
        seed if isinstance(seed, int) and seed >= 0 else SEED,
    )


def cell_fates(idea: Idea) -> Iterator[tuple[int, set[str]]]:
    """Say where each code cell went."""
    reading = idea.reading
    fates: dict[int, set[str]] = {}
    steps = idea.script.program.steps

    def went(position: int, where: str) -> None:
        fates.setdefault(steps[position].cell, set()).add(where)

    went(reading.load, "data")
    for part in reading.features:
        went(part.position, "features")
    for part in reading.prepare:
        went(part.position, "prepare")
    if reading.split_position >= 0:
        went(reading.split_position, "split")
    went(reading.fit.position, "model")
    for fit in idea.fits:
        went(fit.position, "models")
    for score in idea.scores:
        fates.setdefault(score.cell, set()).add("metric")
    for cell in idea.notebook.cells:
        if cell.kind == "code":
            yield cell.number, fates.get(cell.number, set())
