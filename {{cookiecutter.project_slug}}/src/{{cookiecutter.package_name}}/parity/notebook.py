"""Running the original notebook, watched: what it fits, to which rows, and how it scores."""

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

SAID = Path("notebooks/parity.yaml")
WATCH = "_parity"
MARK = re.compile(r"^[^\S\n]*(#\s?%%+(?:[^\S\n].*)?|#\s*In\s?\[[\d ]*\]:.*)$", re.M)
BODIES = ("body", "orelse", "finalbody")


@dataclass(frozen=True)
class Original:
    """The notebook, as notebooks/parity.yaml describes it.

    Attributes:
        notebook: an .ipynb, or a .py with `# %%` cells.
        data: where its files are here, by the names that it has for them.
        fit: `cell` (from 0) and `line` (from 1) of the statement that fits, and what it fits to,
            `X` and `y`.
        split: whether the rows were split before.
        before_split: what was learned from all rows, before the split.
        today: cells that had to move to today's libraries, by number.
        order: the cells in the order in which they are to run; the file's if it is empty.
    """

    notebook: Path
    data: dict[str, str]
    fit: dict[str, Any]
    split: bool = True
    before_split: list[str] = field(default_factory=list)
    today: dict[int, str] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path = SAID) -> Self:
        """Read it.

        Raises:
            Refusal: if it is not there, or says something else.
        """
        if not path.exists():
            raise Refusal(f"{path} is not there: nobody knows of a notebook to compare with")
        try:
            said = yaml.safe_load(path.read_text(encoding="utf-8"))
            return cls(**{**said, "notebook": Path(said["notebook"])})
        except (yaml.YAMLError, KeyError, TypeError) as error:
            raise Refusal(f"{path} can't be read ({error})") from None


@dataclass(frozen=True)
class Seen:
    """The record of a run of the notebook.

    Attributes:
        fit: X, y and splits at the chosen fit; None if it was not reached.
        scores: the notebook's scores of what it fitted.
        errors: what failed, a line each.
    """

    fit: dict[str, Any] | None
    scores: list[dict[str, Any]]
    errors: list[str]


def run(original: Original, seconds: float) -> Seen:
    """Run a copy of the notebook in a temporary folder, to its end or for so many seconds.

    Raises:
        Refusal: if there is no such notebook or file, or nothing stands where it should fit.
    """
    with TemporaryDirectory(prefix="parity-") as name:
        folder = Path(name).resolve()
        work = folder.joinpath(*"abcdef")  # deep, for data at ../../data
        work.mkdir(parents=True)
        data = _placed(original.data, work, folder)
        notebook = watched(original, str(folder), data, seconds)
        nbformat.write(notebook, folder / "watched.ipynb")
        error = _executed(folder, work, seconds)
        done = folder / "done.ipynb"
        ran = nbformat.read(done, as_version=4) if done.exists() else notebook
        errors = [*_errors(ran), *error]
        return Seen(_kept(folder / "fit.pickle"), _kept(folder / "scores.pickle") or [], errors)


def _placed(data: dict[str, str], work: Path, folder: Path) -> dict[str, str]:
    """Copy the files to where the notebook looks for them, if that is a relative path."""
    for name, here in data.items():
        if not Path(here).is_file():
            raise Refusal(f"{here} is not there; run `dvc pull`")
        place = (work / name).resolve()
        if "://" not in name and place.is_relative_to(folder) and place.suffix == Path(here).suffix:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(here, place)
    return {name: str(Path(here).resolve()) for name, here in data.items()}


def _executed(folder: Path, work: Path, seconds: float) -> list[str]:
    for name in ("papermill", "traitlets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    began = time.monotonic()
    try:
        papermill.execute_notebook(
            folder / "watched.ipynb",
            folder / "done.ipynb",
            kernel_name="python3",
            cwd=work,
            progress_bar=False,
            allow_errors=True,
            extra_arguments=["--log-level=CRITICAL"],
        )
    except papermill.PapermillExecutionError:
        pass  # each error stands in the output of its cell
    except DeadKernelError:
        if time.monotonic() - began < seconds:
            return ["the kernel died"]
        return [f"stopped after {seconds:g} seconds; for more: make parity TIMEOUT=…"]
    return []


def _errors(notebook: Any) -> Iterator[str]:
    for cell in notebook.cells:  # among which papermill puts some of its own
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                reason = (output.evalue.strip().splitlines() or [""])[0]
                yield f"{cell.metadata.place}: {output.ename}: {reason}"


def _kept(path: Path) -> Any:
    return pickle.loads(path.read_bytes()) if path.exists() else None  # noqa: S301 - our own


def watched(original: Original, folder: str, data: dict[str, str], seconds: float) -> Any:
    """The notebook's code, today's where it has to be, with what watches it.

    Raises:
        Refusal: if there is no such notebook, or nothing stands where it should fit.
    """
    code = {**codes(original.notebook), **original.today}
    cell, line = original.fit["cell"], original.fit["line"]
    try:
        code[cell] = around_fit(code[cell], line, original.fit["X"], original.fit["y"])
    except (KeyError, SyntaxError):
        where = f"line {line} of cell {cell} of {original.notebook}"
        raise Refusal(f"nothing is fitted at {where}; mend `fit` in {SAID}") from None
    begin = f"from {__package__} import capture as {WATCH}\n"
    begin += f"{WATCH}.start({folder!r}, {data!r}, {seconds!r})"
    cells = [nbformat.v4.new_code_cell(begin, metadata={"place": "before the first cell"})]
    for number in original.order or sorted(code):
        cells.append(nbformat.v4.new_code_cell(code[number], metadata={"place": f"cell {number}"}))
    return nbformat.v4.new_notebook(cells=cells)


def codes(path: Path) -> dict[int, str]:
    """The code cells of a notebook, or of a script with `# %%` cells, by number among all cells.

    Raises:
        Refusal: if there is none.
    """
    if not path.exists():
        raise Refusal(f"{path} is not there; mend `notebook` in {SAID}")
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".ipynb":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what older formats lack
            cells = nbformat.reads(text, as_version=4).cells
        return {n: cell.source for n, cell in enumerate(cells) if cell.cell_type == "code"}
    before, *rest = MARK.split(text)
    marks, bodies = ["", *rest[::2]], [before, *rest[1::2]]
    if rest and not before.strip():
        del marks[0], bodies[0]
    return {
        number: body.strip("\n")
        for number, (mark, body) in enumerate(zip(marks, bodies, strict=True))
        if not re.search(r"\[(markdown|md|raw)\]", mark)
    }


def around_fit(source: str, line: int, X: str, y: str) -> str:
    """A cell whose statement on that line is watched.

    Raises:
        SyntaxError: if there is none, or the cell is not Python.
    """
    tree = ast.parse(_without_magics(source))
    bodies = [getattr(node, name, []) for node in ast.walk(tree) for name in BODIES]
    spots = [
        (body, number)
        for body in bodies
        if isinstance(body, list)
        for number, statement in enumerate(body)
        if statement.lineno <= line <= (statement.end_lineno or 0)
    ]
    if not spots:
        raise SyntaxError("no statement on that line")
    body, number = spots[-1]  # the innermost, since trees are walked from the top
    see = ast.parse(f"{WATCH}.fitting(({X}), ({y}))").body[0]
    body[number : number + 1] = [see, _Fitted().visit(body[number])]
    return ast.unparse(ast.fix_missing_locations(tree))


class _Fitted(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        name = ast.unparse(node.func).rpartition(".")[2]
        if name == "fit":
            return ast.Call(_seen_by("fitted"), [node], [])
        if name in ("cross_val_score", "cross_validate"):
            return ast.Call(_seen_by("crossed"), [node.func, *node.args], node.keywords)
        return node


def _seen_by(name: str) -> ast.expr:
    return ast.parse(f"{WATCH}.{name}", mode="eval").body


def _without_magics(source: str) -> str:
    timed = re.sub(r"^(\s*)%time[ \t]+(?=\S)", r"\1", source, flags=re.M)
    return re.sub(r"^(\s*)(?:[%!?].*|[\w.]+\?+)$", r"\1pass", timed, flags=re.M)
