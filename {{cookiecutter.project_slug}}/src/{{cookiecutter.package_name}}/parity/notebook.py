"""Runs the original notebook, and records what it fits, on which rows, and its scores."""

import ast
import logging
import pickle
import re
import shutil
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import nbformat
import papermill
import yaml
from nbclient.exceptions import DeadKernelError

from ..tools.errors import Refusal
from .capture import FitData, Score

DESCRIPTION = Path("notebooks/parity.yaml")
CAPTURE = "_parity"  # what the notebook calls the module `capture`
CELL_MARK = re.compile(r"^[^\S\n]*(#\s?%%+(?:[^\S\n].*)?|#\s*In\s?\[[\d ]*\]:.*)$", re.M)
BODIES = ("body", "orelse", "finalbody")


@dataclass(frozen=True)
class Original:
    """The notebook, as notebooks/parity.yaml describes it.

    Attributes:
        notebook: an .ipynb, or a .py with `# %%` cells.
        data: local paths of its files, by the names that the notebook uses.
        fit: `cell` (from 0) and `line` (from 1) of the statement that fits, and its arguments,
            `X` and `y`.
        split: whether the rows are split before the fit.
        before_split: names of the values that were learned from all rows, before the split.
        today: cells that were rewritten for current libraries, by number.
        order: numbers of the cells in the order to run them; empty for the file's order.
    """

    notebook: Path
    data: dict[str, str]
    fit: dict[str, Any]
    split: bool = True
    before_split: list[str] = field(default_factory=list)
    today: dict[int, str] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)

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
        errors: one line for each error.
    """

    fit: FitData | None
    scores: list[Score]
    errors: list[str]


def run(original: Original, seconds: float) -> Run:
    """Run a copy of the notebook in a temporary folder.

    Args:
        original: the notebook.
        seconds: after which it is stopped.

    Raises:
        Refusal: if the notebook or a file is missing, or no statement is where the fit should be.
    """
    with TemporaryDirectory(prefix="parity-") as name:
        folder = Path(name).resolve()
        work = folder.joinpath(*"abcdef")  # deep enough for data at ../../data
        work.mkdir(parents=True)
        data = _place_files(original.data, work, folder)
        notebook = instrumented(original, str(folder), data, seconds)
        nbformat.write(notebook, folder / "instrumented.ipynb")
        fatal = _execute(folder, work, seconds)
        done = folder / "done.ipynb"
        executed = nbformat.read(done, as_version=4) if done.exists() else notebook
        errors = [*_errors(executed), *fatal]
        return Run(_load(folder / "fit.pickle"), _load(folder / "scores.pickle") or [], errors)


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
        same_format = place.suffix == Path(local).suffix
        if "://" not in name and place.is_relative_to(folder) and same_format:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(local, place)
    return {name: str(Path(local).resolve()) for name, local in data.items()}


def _execute(folder: Path, work: Path, seconds: float) -> list[str]:
    """Run the instrumented notebook.

    Args:
        folder: with the notebook.
        work: the folder that it runs in.
        seconds: after which its kernel exits.

    Returns:
        The error that ended the run early, if there is one.
    """
    for name in ("papermill", "traitlets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    began = time.monotonic()
    try:
        papermill.execute_notebook(
            folder / "instrumented.ipynb",
            folder / "done.ipynb",
            kernel_name="python3",
            cwd=work,
            progress_bar=False,
            allow_errors=True,
            extra_arguments=["--log-level=CRITICAL"],
        )
    except papermill.PapermillExecutionError:
        pass  # the output of each cell holds its error
    except DeadKernelError:
        if time.monotonic() - began < seconds:
            return ["the kernel died"]
        return [f"stopped after {seconds:g} seconds; for more: make parity TIMEOUT=…"]
    return []


def _errors(notebook: Any) -> Iterator[str]:
    for cell in notebook.cells:  # papermill adds some of its own
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                reason = (output.evalue.strip().splitlines() or [""])[0]
                yield f"{cell.metadata.place}: {output.ename}: {reason}"


def _load(path: Path) -> Any:
    return pickle.loads(path.read_bytes()) if path.exists() else None  # noqa: S301 - written by `capture`


def instrumented(original: Original, folder: str, data: dict[str, str], seconds: float) -> Any:
    """The notebook's code, rewritten for current libraries, with the calls that record it.

    Args:
        original: the notebook.
        folder: where to keep the recording.
        data: absolute local paths of its files, by the names that the notebook uses.
        seconds: after which the kernel exits.

    Returns:
        A notebook of nbformat.

    Raises:
        Refusal: if the notebook is missing, or no statement is where the fit should be.
    """
    code = {**codes(original.notebook), **original.today}
    cell, line = original.fit["cell"], original.fit["line"]
    try:
        code[cell] = around_fit(code[cell], line, original.fit["X"], original.fit["y"])
    except (KeyError, SyntaxError):
        where = f"line {line} of cell {cell} of {original.notebook}"
        raise Refusal(f"nothing is fitted at {where}; correct `fit` in {DESCRIPTION}") from None
    begin = f"from {__package__} import capture as {CAPTURE}\n"
    begin += f"{CAPTURE}.start({folder!r}, {data!r}, {seconds!r})"
    cells = [nbformat.v4.new_code_cell(begin, metadata={"place": "before the first cell"})]
    for number in original.order or sorted(code):
        cells.append(nbformat.v4.new_code_cell(code[number], metadata={"place": f"cell {number}"}))
    return nbformat.v4.new_notebook(cells=cells)


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


def around_fit(source: str, line: int, X: str, y: str) -> str:
    """A cell in which the statement on a line is recorded.

    Args:
        source: of the cell.
        line: of the statement, from 1.
        X: expression for the features that it fits to.
        y: expression for the target.

    Raises:
        SyntaxError: if no statement is on that line, or the cell is not Python.
    """
    tree = ast.parse(without_magics(source))
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
    return ast.unparse(ast.fix_missing_locations(tree))


class _RecordFits(ast.NodeTransformer):
    """Wraps each fit and each cross-validation in a call of `capture`."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        name = ast.unparse(node.func).rpartition(".")[2]
        if name == "fit":
            return ast.Call(_function("record_fit"), [node], [])
        if name in ("cross_val_score", "cross_validate"):
            return ast.Call(
                _function("record_cross_validation"), [node.func, *node.args], node.keywords
            )
        return node


def _function(name: str) -> ast.expr:
    return ast.parse(f"{CAPTURE}.{name}", mode="eval").body


def without_magics(source: str) -> str:
    """A cell without what only IPython understands."""
    timed = re.sub(r"^(\s*)%time[ \t]+(?=\S)", r"\1", source, flags=re.M)
    return re.sub(r"^(\s*)(?:[%!?].*|[\w.]+\?+)$", r"\1pass", timed, flags=re.M)
