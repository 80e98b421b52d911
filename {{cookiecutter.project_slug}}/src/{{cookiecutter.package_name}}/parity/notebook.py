"""Runs the original notebook, and records what it fits, on which rows, and its scores."""

import ast
import contextlib
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import nbformat
import yaml

from ..tools.errors import Refusal
from .capture import FitData, Score
from .cells import CAPTURE, FAILURES, Failure, reaching
from .estimators import Described

DESCRIPTION = Path("notebooks/parity.yaml")
SOURCES = Path(__file__).parents[2]
PROGRAM = f"from {__package__}.cells import main; main()"
CELL_MARK = re.compile(r"^[^\S\n]*(#\s?%%+(?:[^\S\n].*)?|#\s*In\s?\[[\d ]*\]:.*)$", re.M)
TEXT_SUFFIXES = {"", ".csv", ".dat", ".data", ".tsv", ".txt"}  # of files that any of them may be
BODIES = ("body", "orelse", "finalbody")

Lines = Sequence[int]  # the first and the last, from 1


@dataclass(frozen=True)
class Original:
    """The notebook, as notebooks/parity.yaml describes it.

    Attributes:
        notebook: an .ipynb, or a .py with `# %%` cells.
        data: local paths of its files, by the names that the notebook uses.
        fit: `cell` (from 0) and `line` (from 1) of the statement that fits, and its arguments,
            `X` and `y`; `inside` is the estimator's class where one of the author's modules
            holds that statement.
        split: whether the rows are split before the fit.
        before_split: names of the values that were learned from all rows, before the split.
        before_filters: names of those that were learned before any row was left out.
        today: cells that were rewritten for current libraries, by number.
        order: numbers of the cells in the order to run them; empty for the file's order.
        at: `cell` and `line` of the statement that comes to the fit, where that calls the
            function which holds it; None if it is the statement that fits.
        skip: lines of statements, by cell, that can't reach the fit.
        parting: lines of statements, by cell, that hold rows back by hand.
        written: hashes of features.py and prepare.py as the template wrote them, by path.
        unparted: why features.py takes the raw columns; empty if it has the notebook's steps.
        blended: whether the model is a vote of several that the notebook fits one by one.
    """

    notebook: Path
    data: dict[str, str]
    fit: dict[str, Any]
    split: bool = True
    before_split: list[str] = field(default_factory=list)
    before_filters: list[str] = field(default_factory=list)
    today: dict[int, str] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    at: dict[str, int] | None = None
    skip: dict[int, list[Lines]] = field(default_factory=dict)
    parting: dict[int, list[int]] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    unparted: str = ""
    blended: bool = False

    @classmethod
    def load(cls, path: Path = DESCRIPTION) -> Self:
        """Read the description.

        Raises:
            Refusal: if it is missing or malformed.
        """
        if not path.exists():
            raise Refusal(f"{path} is missing: it names the notebook to compare with")
        try:
            fields = yaml.safe_load(path.read_text(encoding="utf-8"))
            return cls(**{**fields, "notebook": Path(fields["notebook"])})
        except (yaml.YAMLError, KeyError, TypeError) as error:
            raise Refusal(f"{path} can't be read ({error})") from None


@dataclass(frozen=True)
class Run:
    """The recording of one run of the notebook.

    Attributes:
        fit: the data of the chosen fit; None if the run did not reach it.
        scores: the notebook's scores of the models that it fitted there.
        failures: what went wrong, in order.
        ended: why the run ended early; empty if it did not.
        estimators: that the chosen statement was about to fit, described.
        broke: of the failures on the way to the fit, those that may have changed what it fits to.
        several: whether the chosen statement goes through more estimators than these.
        blended: whether other statements fit the rest of the models that the notebook blends.
    """

    fit: FitData | None
    scores: list[Score]
    failures: list[Failure]
    ended: str = ""
    estimators: list[Described] = field(default_factory=list)
    broke: list[Failure] = field(default_factory=list)
    several: bool = False
    blended: bool = False

    @property
    def errors(self) -> list[str]:
        """A line for each error."""
        found = [f"{one.place}: {one.error}" for one in self.failures]
        return [*found, self.ended] if self.ended else found

    @property
    def missing(self) -> list[str]:
        """The packages that could not be imported."""
        return sorted({one.missing for one in self.failures if one.missing})

    def cause(self) -> str:
        """Why the fit was not reached: the cell, its statement and the error, on one line.

        The last error of a cell is traced to the one that left its name unbound.
        """
        if self.ended or not self.failures:
            return self.ended or "no statement of the cells that ran came to the fit"
        stopped = [one for one in self.failures if not one.goes_on] or self.failures
        found, at = stopped[-1], self.failures.index(stopped[-1])
        while name := re.match(r"NameError: name '(\w+)' is not defined", found.error):
            before = [n for n in range(at) if name[1] in self.failures[n].unbound]
            if not before:
                break
            at = before[-1]
            found = self.failures[at]
        return str(found)


def run(original: Original, seconds: float, to_fit: bool = False) -> Run:
    """Run a copy of the notebook in a temporary folder.

    Args:
        original: the notebook.
        seconds: after which it is stopped.
        to_fit: whether to run it only as far as its fit, without what can't reach that.

    Raises:
        Refusal: if the notebook or a file is missing, or no statement is where the fit should be.
    """
    with TemporaryDirectory(prefix="parity-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        work = folder.joinpath(*"abcdef")  # deep enough for data at ../../data
        work.mkdir(parents=True)
        data = _place_files(original.data, work, folder)
        cells = instrumented(original, to_fit)
        plan = {"folder": str(folder), "data": data, "seconds": seconds, "cells": cells}
        (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
        ended = _execute(folder / "plan.json", work, seconds)
        told = folder / FAILURES
        found = json.loads(told.read_text(encoding="utf-8")) if told.exists() else {}
        if ended and found.get("running"):
            ended = f"{found['running']}: {ended}"
        failures = [Failure(**one) for one in found.get("failures", [])]
        return Run(
            _load(folder / "fit.pickle"),
            _load(folder / "scores.pickle") or [],
            failures,
            ended,
            _load(folder / "estimators.pickle") or [],
            [*reaching(failures, cells)] if to_fit else [],
            to_fit and _is_in_loop(original),
            original.blended,
        )


def _is_in_loop(original: Original) -> bool:
    """Whether a loop of the statement that comes to the fit goes through estimators."""
    at = original.at or original.fit
    source = original.today.get(at["cell"]) or codes(original.notebook)[at["cell"]]
    body = ast.parse(without_magics(source)).body
    return any(
        isinstance(node, ast.For | ast.While | ast.comprehension)
        for statement in body
        if statement.lineno <= at["line"] <= (statement.end_lineno or 0)
        for node in ast.walk(statement)
    )


def _place_files(data: dict[str, str], work: Path, folder: Path) -> dict[str, str]:
    """Copy each file to the place that the notebook reads it from, if that is a relative path.

    Args:
        data: local paths of the files, by the names that the notebook uses.
        work: the folder that the notebook runs in.
        folder: the temporary folder; nothing is written outside it.

    Returns:
        The absolute local paths by the same names.

    Raises:
        Refusal: if a file is missing.
    """
    for name, local in data.items():
        if not Path(local).is_file():
            raise Refusal(f"{local} is missing; run `dvc pull`")
        place = (work / name).resolve()
        suffixes = {place.suffix, Path(local).suffix}
        same_format = len(suffixes) == 1 or suffixes <= TEXT_SUFFIXES
        if "://" not in name and place.is_relative_to(folder) and same_format:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(local, place)
    return {name: str(Path(local).resolve()) for name, local in data.items()}


def _execute(plan: Path, work: Path, seconds: float) -> str:
    """Run the cells of a plan, and end whatever they started.

    Args:
        plan: path of the plan.
        work: the folder that they run in.
        seconds: after which they are ended.

    Returns:
        Why they ended early; empty if they did not.
    """
    paths = [str(SOURCES), *filter(None, [os.environ.get("PYTHONPATH")])]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(plan)],
        cwd=work,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # of which all processes can be ended
    ) as process:
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            return f"stopped after {seconds:g} seconds"
        finally:
            _end(process)
    return "" if code == 0 else "the process that ran it died"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it started, also where it is gone and they are not."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        tree = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(tree, check=False, capture_output=True)
    process.kill()


def _load(path: Path) -> Any:
    return pickle.loads(path.read_bytes()) if path.exists() else None  # noqa: S301 - written by `capture`


def instrumented(original: Original, to_fit: bool = False) -> list[tuple[str, str]]:
    """The notebook's cells, rewritten for current libraries, with the calls that record its fit.

    Args:
        original: the notebook.
        to_fit: whether only what can reach the fit is to run.

    Returns:
        Place and source of each cell, in the order to run them.

    Raises:
        Refusal: if the notebook is missing, or no statement is where the fit should be.
    """
    code = {**codes(original.notebook), **original.today}
    fit, at = original.fit, original.at or original.fit
    order = original.order or sorted(code)
    if to_fit and at["cell"] in order:
        order = order[: order.index(at["cell"]) + 1]
    skip = original.skip if to_fit else {}
    where = f"line {fit['line']} of cell {fit['cell']} of {original.notebook}"
    misplaced = Refusal(f"nothing is fitted at {where}; correct `fit` in {DESCRIPTION}")
    if fit["cell"] not in order:
        raise misplaced
    for cell in order:
        lines = skip.get(cell, [])
        try:
            if cell in (fit["cell"], at["cell"]):
                tree = without(ast.parse(without_magics(code[cell])), lines)
                if to_fit and cell == at["cell"]:
                    _stop_after(tree, at["line"], fit)
                if cell == fit["cell"] and "inside" not in fit:
                    tree = around_fit(tree, fit["line"], fit["X"], fit["y"])
                code[cell] = ast.unparse(ast.fix_missing_locations(tree))
            elif lines:
                code[cell] = _skipping(code[cell], lines)
        except (KeyError, SyntaxError):
            raise misplaced from None
    cells = [(f"cell {number}", code[number]) for number in order]
    if "inside" in fit:
        begin = f"{CAPTURE}.record_inside({fit['inside']!r})"
        return [("before the first cell", begin), *cells]
    return cells


def _skipping(source: str, lines: Sequence[Lines]) -> str:
    try:
        tree = ast.parse(without_magics(source))
    except SyntaxError:
        return source
    return ast.unparse(without(tree, lines))


def without(tree: ast.Module, lines: Sequence[Lines]) -> ast.Module:
    """A cell without the statements that stand on some lines."""
    tree.body = [
        statement
        for statement in tree.body
        if not any(
            first <= statement.lineno and (statement.end_lineno or 0) <= last
            for first, last in lines
        )
    ]
    return tree


def _stop_after(tree: ast.Module, line: int, fit: Mapping[str, Any]) -> None:
    """Make the statement on a line the last of a cell, which stops at the fit that it comes to.

    A loop runs to its end, unless what it fits to is made before it.

    Args:
        tree: the cell.
        line: of the statement, from 1.
        fit: expressions of what is fitted.

    Raises:
        SyntaxError: if no statement is on that line.
    """
    numbers = [
        number
        for number, statement in enumerate(tree.body)
        if statement.lineno <= line <= (statement.end_lineno or 0)
    ]
    if not numbers:
        raise SyntaxError("no statement on that line")
    statement = tree.body[numbers[-1]]
    fitted = ast.parse(f"({fit['X']}), ({fit['y']})")
    made = {
        node.id
        for loop in ast.walk(statement)
        if isinstance(loop, ast.For | ast.While)
        for node in ast.walk(loop)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    is_inside = statement.lineno <= fit["line"] <= (statement.end_lineno or 0)
    varies = bool(made) and (not is_inside or not made.isdisjoint(_names(fitted)))
    stop = [] if varies else ast.parse(f"{CAPTURE}.stop_at_next()").body
    tree.body[numbers[-1] :] = [*stop, statement]


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def codes(path: Path) -> dict[int, str]:
    """The code cells of a notebook, or of a script with `# %%` cells, by number among all cells.

    Raises:
        Refusal: if the file is missing.
    """
    if not path.exists():
        raise Refusal(f"{path} is missing; correct `notebook` in {DESCRIPTION}")
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".ipynb":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about fields that older formats lack
            cells = nbformat.reads(text, as_version=4).cells
        return {n: cell.source for n, cell in enumerate(cells) if cell.cell_type == "code"}
    before, *rest = CELL_MARK.split(text)
    marks, bodies = ["", *rest[::2]], [before, *rest[1::2]]
    if rest and not before.strip():
        del marks[0], bodies[0]
    return {
        number: body.strip("\n")
        for number, (mark, body) in enumerate(zip(marks, bodies, strict=True))
        if not re.search(r"\[(markdown|md|raw)\]", mark)
    }


def around_fit(tree: ast.Module, line: int, X: str, y: str) -> ast.Module:
    """A cell in which the statement on a line is recorded.

    Args:
        tree: the cell.
        line: of the statement, from 1.
        X: expression for the features that it fits to.
        y: expression for the target.

    Raises:
        SyntaxError: if no statement is on that line.
    """
    bodies = [getattr(node, name, []) for node in ast.walk(tree) for name in BODIES]
    places = [
        (body, number)
        for body in bodies
        if isinstance(body, list)
        for number, statement in enumerate(body)
        if statement.lineno <= line <= (statement.end_lineno or 0)
    ]
    if not places:
        raise SyntaxError("no statement on that line")
    body, number = places[-1]  # the innermost, since `walk` goes from the outside in
    record = ast.parse(f"{CAPTURE}.record_data(({X}), ({y}))").body[0]
    body[number : number + 1] = [record, _RecordFits().visit(body[number])]
    return tree


class _RecordFits(ast.NodeTransformer):
    """Wraps each fit and each cross-validation in a call of `capture`."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        name = ast.unparse(node.func).rpartition(".")[2]
        if isinstance(node.func, ast.Attribute) and name == "fit":
            node.func.value = ast.Call(_function("fitting"), [node.func.value], [])
            return ast.Call(_function("record_fit"), [node], [])
        if name in ("cross_val_predict", "cross_val_score", "cross_validate"):
            return ast.Call(
                _function("record_cross_validation"), [node.func, *node.args], node.keywords
            )
        return node


def _function(name: str) -> ast.expr:
    return ast.parse(f"{CAPTURE}.{name}", mode="eval").body


def without_magics(source: str) -> str:
    """A cell without what only IPython understands, such as the indentation of its first line."""
    indent = re.match(r"\n*([ \t]*)", source)
    if indent and indent[1]:
        source = re.sub(f"^{indent[1]}", "", source, flags=re.M)
    timed = re.sub(r"^(\s*)%time[ \t]+(?=\S)", r"\1", source, flags=re.M)
    return re.sub(r"^(\s*)(?:[%!?].*|[\w.]+\?+)$", r"\1pass", timed, flags=re.M)
