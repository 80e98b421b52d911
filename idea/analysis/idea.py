"""The complete result of analysing a notebook."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

from idea.analysis.also_read import AlsoRead, also_read
from idea.analysis.chosen_fit import (
    NoIdea,
    SeveralTargets,
    Unmade,
    calibrates_fitted,
    choose_fit,
)
from idea.analysis.class_encoding import MOST_LABELS, Label
from idea.analysis.early_stopping import with_rounds
from idea.analysis.features import Note
from idea.analysis.fits import Fit, find_fits
from idea.analysis.foreign_models import foreign_models
from idea.analysis.look_ups import FoundTable, LookUp, with_look_ups
from idea.analysis.model_choice import (
    Choice,
    choose_model,
    for_many_classes,
    in_best_turn,
    named_classes,
    with_best_parameters,
)
from idea.analysis.names_at_step import NamesAtStep
from idea.analysis.own_scores import OwnScores
from idea.analysis.own_target import stands_in_features
from idea.analysis.raw_columns import RawColumns
from idea.analysis.read_twice import with_one_reading
from idea.analysis.reader import Reading, read_fit, with_classes, with_unit
from idea.analysis.resampling import with_resampling
from idea.analysis.rows_to_predict import without_rows_to_predict
from idea.analysis.slices import Slices, find_slices
from idea.analysis.splits import split_settings
from idea.analysis.target_unit import Chain
from idea.analysis.unparted import read_unparted
from idea.analysis.unseen_changes import unseen_changes
from idea.knowledge.metrics import NEAREST, SCORERS
from idea.models import Estimator, Score, judged_by
from idea.models.transformed_target import with_transformed_target
from idea.names import file_stem_for
from idea.notebooks import BadNotebook, Notebook, read_notebook
from idea.program import Script, Step, read_script
from idea.syntax import callee_name, walk
from idea.tables import (
    NoData,
    Source,
    TableSummary,
    as_file,
    cells_of,
    find_file,
    read_source,
    summarize,
)
from idea.tables.target import MOST_CLASSES

_NO_TARGET = "a new row has none, and is given 0"
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq)


class BadIdea(ValueError):
    """No repo can be made from the notebook; the message is one line about the `question`."""

    def __init__(self, question: str, message: str, table: Path | None = None) -> None:
        """Take the question whose answer can't be used, why, and the table that is read anyway."""
        super().__init__(message)
        self.question = question
        self.table = table


@dataclass(frozen=True, eq=False)
class Idea:
    """The complete result of analysing a notebook.

    Attributes:
        notebook: the notebook.
        script: its code.
        fits: all fits in it, in order.
        source: how it reads its table.
        path: of the table; for one of scikit-learn's own, its name.
        summary: what a look at the table shows.
        reading: what the final fit is made of.
        estimator: the estimator of the final fit; one of the template's own if that can't be read.
        others: the other estimators that it tries for the same task.
        metric: the metric that it judges by.
        scores: the scores that it shows.
        task: "classification" or "regression".
        seed: of its random choices.
        split_kind: "random", "stratified", "time" or "predefined".
        test_size: share of the rows in its test set.
        split_column: the raw column by whose time it splits; None if it does not.
        searched: whether the search has to be run: its result is not in the outputs.
        notes: what was left out or has to be looked at, by cell.
        unread: why the notebook's model is not in the repo; empty if it is.
        numbers: the notebook's number for each class, where it makes numbers of classes.
        transforms: the steps from the target to the notebook's y, where it predicts a transformed
            one; the estimator takes them, and turns them back.
        look_ups: the tables beside it in which statements look something up.
        also_read: the other files that the notebook reads before its fit.
        unparted: why its statements are not parted into rows, target and features, of which then
            only the target is read; empty if they are.
        blended: whether the estimator is a vote of models that the notebook fits one by one.
    """

    notebook: Notebook
    script: Script
    fits: tuple[Fit, ...]
    source: Source
    path: Path
    summary: TableSummary
    reading: Reading
    estimator: Estimator
    others: tuple[Estimator, ...]
    metric: str
    scores: tuple[Score, ...]
    task: str
    seed: int
    split_kind: str
    test_size: float
    split_column: str | None
    searched: bool
    notes: tuple[Note, ...]
    unread: str = ""
    numbers: Mapping[Label, int] = field(default_factory=dict)
    transforms: Chain = ()
    look_ups: tuple[LookUp, ...] = ()
    also_read: tuple[AlsoRead, ...] = ()
    unparted: str = ""
    blended: bool = False

    @property
    def file(self) -> str:
        """The name of the table's file in the repo; empty for one of scikit-learn's own."""
        return _file_in_repo(self.source, self.path)


def read_idea(
    notebook: Path, dataset: Path | None = None, target: str = "", unparted: str = ""
) -> Idea:
    """Analyse a notebook.

    Args:
        notebook: its path.
        dataset: the table, if the person names it.
        target: the column to predict, if the person names it.
        unparted: why its statements can't be parted, if that is known.

    Raises:
        BadIdea: no repo can be made from it.
    """
    try:
        stamps = tuple(p.stat().st_mtime_ns if p else 0 for p in (notebook, dataset))
    except OSError:
        stamps = (0, 0)
    found = _read_once(notebook, dataset, target, unparted, stamps)
    if isinstance(found, BadIdea):
        raise found
    return found


@lru_cache(maxsize=8)
def _read_once(
    notebook: Path, dataset: Path | None, target: str, unparted: str, _changed: tuple[int, ...]
) -> Idea | BadIdea:
    try:
        return _read_or_unparted(notebook, dataset, target, unparted)
    except BadIdea as bad:
        return bad
    except BadNotebook as bad:
        return BadIdea("notebook", str(bad))
    except SeveralTargets as bad:
        return BadIdea("target", f"{notebook.name}: {bad}")
    except NoIdea as bad:
        return BadIdea("notebook", f"{notebook.name}: {bad}", dataset or _any_table(notebook))
    except NoData as bad:
        return BadIdea("dataset", str(bad))


def _read_or_unparted(path: Path, dataset: Path | None, named: str, unparted: str) -> Idea:
    """Read a notebook, parted if it can be.

    Args:
        path: of the notebook.
        dataset: the table, if the person names it.
        named: the column to predict, if the person names it.
        unparted: why its statements can't be parted, if that is known.
    """
    if unparted:
        return _read(path, dataset, named, unparted)
    try:
        return _read(path, dataset, named)
    except NoIdea as bad:
        if isinstance(bad, Unmade | SeveralTargets):
            raise
        with suppress(NoIdea, NoData):
            return _read(path, dataset, named, str(bad))
        raise


def _read(path: Path, dataset: Path | None, named: str, unparted: str = "") -> Idea:
    """Read a notebook.

    Args:
        path: of the notebook.
        dataset: the table, if the person names it.
        named: the column to predict, if the person names it.
        unparted: why its statements are not to be parted; empty if they are.
    """
    notebook = read_notebook(path)
    script = whole = read_script(notebook)
    fit, fits = _fits(script, notebook)
    slices = find_slices(script, fit)
    read_once = with_one_reading(slices)
    if read_once is not None:
        script = whole = read_once
        fit, fits = _fits(script, notebook)
        slices = find_slices(script, fit)
    separated = without_rows_to_predict(slices, _headers(slices, path))
    if separated is not None:
        script = separated.script
        slices = find_slices(script, fit)

    load = slices.steps[slices.load]
    source, table = _source(load, NamesAtStep(script, slices.load), path, dataset)
    if unparted and source.format == "sql":
        raise NoIdea(unparted)  # its cells would open the database for every row
    summary = summarize(table, source)
    of_rows = FoundTable(source, table, summary)
    looked_up = None if unparted else with_look_ups(slices, of_rows, partial(_found, slices, path))
    if looked_up is not None:
        script = looked_up.script
        slices = find_slices(script, fit)
    look_ups = looked_up.tables if looked_up is not None else ()
    lone = {each.name: str(each.columns[0]) for each in look_ups if len(each.columns) == 1}
    empty = frozenset(name for name, different in summary.values.items() if not different)
    raw = RawColumns(tuple(summary.columns), frozenset(summary.texts), summary.rows, lone, empty)
    reading = read_unparted(slices, raw, named) if unparted else read_fit(slices, raw, named)

    choice = choose_model(fit, fits, script, notebook)
    task = choice.task or _task_of_values(reading, summary)
    numbers: Mapping[Label, int] = {}
    if task == "classification":
        cells = partial(cells_of, table, source, most=MOST_LABELS)
        reading, numbers = with_classes(reading, choice.estimator, cells)
    transforms: Chain = ()
    if task == "regression" and not choice.unread:
        reading, transforms = with_unit(reading)
    if unparted and choice.estimator.before:
        raise NoIdea(unparted)  # the columns that its pipeline names are not the table's
    names = NamesAtStep(script, fit.names_at)
    metric, scores = _judged_by(script, notebook, names, task)
    scores = OwnScores(fits, fit, choice.candidate, script).of(scores)
    classes = len(numbers) or summary.values.get(reading.target.column)
    if task == "classification":
        metric = _for_classes(metric, reading, classes)
        has_many = reading.preparation.y is None and (classes or 0) > 2
        estimator, others = _of_classes(choice, numbers, has_many)
    else:
        estimator, others = choice.of_task(task)
    estimator, searched = with_best_parameters(estimator, notebook)
    estimator, stopped = with_rounds(estimator, fit, script, notebook)
    estimator = with_transformed_target(estimator, transforms)
    others = tuple(with_transformed_target(other, transforms) for other in others)
    estimator, unsampled = with_resampling(estimator, reading.resampled, script)
    split = split_settings(reading.split, slices, task, summary.rows)
    main = LookUp(source, table, _file_in_repo(source, table))
    others_read = also_read(whole, fit.position, path, (main, *look_ups))

    cell = slices.steps[fit.position].cell
    search = estimator.search
    search_notes = search.notes if search is not None and (searched or not search.space) else ()
    notes = [
        *_notes_of_fit(reading, slices, unparted),
        *unsampled,
        *((load.cell, note) for note in source.notes),
        *((cell, note) for note in _other_unit(reading, task)),
        *(separated.notes if separated is not None else ()),
        *script.added,
        *((cell, note) for note in (*choice.notes, *search_notes, *stopped)),
        *_notes_of_other_models(script),
        *_notes_of_calibration(fits, script),
    ]
    return Idea(
        notebook, script, tuple(fits), source, table, summary, reading, estimator, others, metric,
        scores, task, split.seed, split.kind, split.test_size, split.column, searched, tuple(notes),
        choice.unread, numbers, transforms, look_ups, others_read, unparted, choice.blended,
    )  # fmt: skip


def _fits(script: Script, notebook: Notebook) -> tuple[Fit, list[Fit]]:
    """Find the fit that the notebook settles on, and all fits."""
    fits = find_fits(script)
    return in_best_turn(choose_fit(script, fits), fits, script, notebook)


def _of_classes(
    choice: Choice, numbers: Mapping[Label, int], has_many: bool
) -> tuple[Estimator, tuple[Estimator, ...]]:
    """Give the chosen classifier and the others, as the table's classes need them.

    Args:
        choice: the notebook's models.
        numbers: its number for each class, where it makes numbers of them.
        has_many: whether there are more than two.
    """
    chosen, others = choice.of_task("classification")
    every = [chosen, *others]
    if numbers:
        every = [named_classes(one, numbers) for one in every]
    if has_many:
        every = [for_many_classes(one) for one in every]
    return every[0], tuple(every[1:])


def _notes_of_fit(reading: Reading, slices: Slices, unparted: str) -> Iterator[tuple[int, str]]:
    """Give what there is to say about X and y: the cell, and a line.

    Args:
        reading: the statements behind them.
        slices: the same, before they were parted.
        unparted: why they were not; empty if they were.
    """
    yield from reading.features.notes
    yield from reading.preparation.notes
    cell = slices.steps[slices.fit.position].cell
    if not unparted and stands_in_features(slices, reading.raw, reading.target):
        yield cell, f"`{reading.target.column}`, which it predicts, stands in X too: {_NO_TARGET}"
    if unparted:
        yield cell, f"{unparted}: its own cells are to make X and y"
    else:
        yield from unseen_changes(reading)
    yield from _other_formulas(slices)


def _notes_of_other_models(script: Script) -> Iterator[tuple[int, str]]:
    for at, name in foreign_models(script):
        cell = script.program.steps[at].cell
        yield cell, f"`{name}` trains another model: it is not carried over"


def _notes_of_calibration(fits: Iterable[Fit], script: Script) -> Iterator[tuple[int, str]]:
    for fit in filter(calibrates_fitted, fits):
        what = ast.unparse(fit.estimator)
        cell = script.program.steps[fit.position].cell
        yield cell, f"`{what}` calibrates a fitted model on rows held back: it is not carried over"


def _file_in_repo(source: Source, path: Path) -> str:
    if source.format == "sklearn":
        return ""
    suffix = {"excel": ".xlsx", "json": ".json", "sql": ".parquet"}.get(source.format, ".csv")
    if path.suffix.lower() in (".csv", ".tsv", ".parquet", ".xls"):
        suffix = path.suffix.lower()
    return file_stem_for(path.stem) + suffix


def _other_formulas(slices: Slices) -> Iterator[Note]:
    """Name the models of formulas where the notebook settles on another one."""
    if not slices.fit.written.of_formula:
        for cell, path in slices.script.formulas:
            yield cell, f"`{path}` trains another model: it is not carried over"


def _other_unit(reading: Reading, task: str) -> Iterator[str]:
    """Say that answers are not in the table's unit, where the notebook's steps have no inverse."""
    y, target = reading.preparation.y, reading.target
    if task == "regression" and y is not None and target.is_in(reading.raw):
        yield (
            f"`{target.column}` is predicted as `prepare.py` computes it: answers and scores are "
            "not in the table's unit"
        )


def _task_of_values(reading: Reading, summary: TableSummary) -> str:
    """Infer the task from the target's values, where the model does not say it."""
    column = reading.target.column
    few = summary.values.get(column, MOST_CLASSES) < MOST_CLASSES
    return "classification" if few or column in summary.texts else "regression"


def _headers(slices: Slices, notebook: Path) -> dict[int, tuple[object, ...]]:
    """Give the columns of the tables behind the fit, where they are known.

    Of a single table they are not asked for.
    """
    found: dict[int, tuple[object, ...]] = {}
    loads = [p for p in {*slices.X, *slices.y} if slices.steps[p].role == "load"]
    for position in loads if len(loads) > 1 else ():
        with suppress(NoData):
            found[position] = _found(slices, notebook, position).summary.columns
    return found


def _found(slices: Slices, notebook: Path, position: int) -> FoundTable:
    """Find the table that a step reads.

    Args:
        slices: the statements behind the fit.
        notebook: the notebook's path.
        position: of the step.

    Raises:
        NoData: it can't be found or read.
    """
    names = NamesAtStep(slices.script, position)
    source, path = _source(slices.steps[position], names, notebook, None)
    return FoundTable(source, path, summarize(path, source))


def _source(
    load: Step, names: NamesAtStep, notebook: Path, dataset: Path | None
) -> tuple[Source, Path]:
    """Find the table that a step reads.

    Args:
        load: the step.
        names: what its names stand for.
        notebook: the notebook's path.
        dataset: the table, if the person names it.

    Returns:
        How to read it, and its path; for one of scikit-learn's own, its name.
    """
    assert load.call is not None
    source = read_source(load.call, names)
    if source.format == "sklearn":
        return source, Path(source.as_written)
    table = dataset or find_file(source, notebook)
    return as_file(source, table), table


def _any_table(notebook: Path) -> Path | None:
    """Find a table that a notebook reads, whatever it does with it."""
    script = read_script(read_notebook(notebook))
    for position, step in enumerate(script.program.steps):
        if step.role == "load" and step.call is not None:
            with suppress(NoData):
                source = read_source(step.call, NamesAtStep(script, position))
                if source.format != "sql":  # whose file is no table
                    return find_file(source, notebook)
    return None


def _judged_by(
    script: Script, notebook: Notebook, names: NamesAtStep, task: str
) -> tuple[str, tuple[Score, ...]]:
    """Find the metric that a notebook judges by, and the scores that it shows.

    Args:
        script: the notebook's code.
        notebook: the notebook, with its outputs.
        names: what names stand for at the final fit.
        task: "classification" or "regression".
    """
    outputs = {cell.number: cell.outputs for cell in notebook.cells}
    return judged_by(script.program.steps, outputs, names, task)


def _for_classes(metric: str, reading: Reading, classes: int | None) -> str:
    """Give the metric's counterpart for two classes, or for more.

    Args:
        metric: the notebook's metric.
        reading: what the fit is made of.
        classes: how many values the target's column has; None if it is not known.
    """
    if classes is None:
        return metric
    if reading.preparation.y is not None and _makes_classes(
        part.node for part in reading.preparation.statements
    ):
        return metric  # the target has other classes than the column
    kind = "multiclass" if classes > 2 else "binary"
    return metric if metric in SCORERS[kind] else NEAREST[kind].get(metric, metric)


def _makes_classes(nodes: Iterable[ast.AST]) -> bool:
    """Tell whether statements compare or cut values, or compute them by a lambda."""
    for node in nodes:
        for part in walk(node):
            match part:
                case ast.Lambda():
                    return True
                case ast.Compare(ops=ops) if any(isinstance(op, _COMPARISONS) for op in ops):
                    return True
                case ast.Call() if callee_name(part).endswith(("cut", "where")):
                    return True
    return False
