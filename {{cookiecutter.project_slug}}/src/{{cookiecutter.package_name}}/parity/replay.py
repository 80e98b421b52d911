"""The replayed form: `features.py` and `prepare.py` that run the notebook's own cells.

They run on the training rows and the new one (`steps.replay`).
"""

import ast
import importlib.util
import json
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import yaml
from omegaconf import DictConfig, OmegaConf

from ..data.casting import conform
from ..data.schema import Schema
from ..data.tables import READERS, read_raw
from ..model.pipeline import inputs
from ..stages.ingest import read_prepared
from ..stages.split import split_rows
from ..steps import as_read
from ..steps import run_cells as runtime
from ..steps.run_cells import Cells, CellsError, Outcome
from ..tools.command import command, progress
from ..tools.config import compose_params
from ..tools.errors import Refusal
from ..tools.files import write_text
from ..tools.paths import CONF
from .compare import compare
from .notebook import Original
from .script import cells_as_script
from .surroundings import file_name

PACKAGE = Path(__file__).parents[1]
FEATURES, PREPARE = PACKAGE / "features.py", PACKAGE / "prepare.py"
INPUTS = PACKAGE / "steps" / "notebook_inputs.py"
SECONDS = 20.0  # that the cells may take for one row
MINUTES = 5.0  # that all test rows may take, each by itself
TRIED = 20  # rows, from which that is told

INPUTS_TEXT = '''\
"""What the notebook's cells in `notebook_cells.py` read."""
# ruff: noqa

from .run_cells import Cells

CELLS = Cells(
    columns={columns},
    table={table},
    others={others},
)
'''
PREPARE_TEXT = '''\
"""The rows that the notebook fits to, with their target: its own cells give both."""

import pandas as pd

from .steps.notebook_inputs import CELLS


def prepare(table: pd.DataFrame) -> pd.DataFrame:
    """Give the rows to learn from, with their target."""
    return CELLS.rows_to_learn_from(table, {target}, as_in_table={as_in_table})
'''
FEATURES_TEXT = '''\
"""The notebook's features: its own cells give them to each row, among the training rows.

REASON
"""

from .steps.notebook_inputs import CELLS
from .steps.replay import Replay


class Features(Replay):
    """What the cells in `steps/notebook_cells.py` fit to."""

    cells = CELLS
    # Columns that no feature depends on, at the value of a row.
    constants = {constants}
    target = {target}
'''


@dataclass(frozen=True)
class Columns:
    """What the features depend on.

    Attributes:
        asked: columns that a new row has to have.
        constants: a value for each of the others.
        target: the target's column, if features depend on it.
    """

    asked: list[str]
    constants: dict[Any, Any]
    target: str | None


@dataclass(frozen=True)
class Rows:
    """The rows that the notebook fits to, as its cells give them.

    Attributes:
        cells: the notebook's.
        table: all rows as the notebook reads them.
        labels: the numbers of those that it fits to, in its order.
        as_in_table: whether the target stays as the table has it.
    """

    cells: Cells
    table: pd.DataFrame
    labels: Any
    as_in_table: bool


def replay(cfg: DictConfig, reason: str) -> None:
    """Write the cells, and modules that run them.

    Args:
        cfg: the composed configuration.
        reason: why the present form does not do.

    Raises:
        CellsError: if the cells don't work here.
        Refusal: if they can't be written, or take too long.
    """
    rows, target = _write_rows(cfg), str(cfg.data.target)
    columns = _dependence(rows.cells, rows.table, np.sort(rows.labels), target, rows.as_in_table)
    rest = _preprocessing()
    _write(FEATURES, FEATURES_TEXT, constants=columns.constants, target=columns.target)
    explain(FEATURES, reason)
    if rest:
        write_text(FEATURES, f"{FEATURES.read_text(encoding='utf-8')}\n\n{rest}\n")
    _format()
    if Original.load().unparted:  # of which the raw columns were prepared for the estimator
        choose_features("none")
    _ask_for(cfg, columns.asked)


def replay_rows(cfg: DictConfig) -> None:
    """Write the cells, and a prepare.py that has them find rows and target; features.py stays.

    Raises:
        CellsError: if the cells don't work here.
        Refusal: if they can't be written, or take too long, or the table can't be described then.
    """
    _write_rows(cfg)
    _format()
    compose_params([])
    run_module("stages.describe", "+overwrite=true")


def _write_rows(cfg: DictConfig) -> Rows:
    """Write the cells, and a prepare.py that runs them."""
    original = Original.load()
    loader = cfg.data.path if cfg.data.format == "sklearn" else ""
    write_text(runtime.SOURCE, cells_as_script(original, loader))
    runtime.forget()
    raw = read_raw(cfg.data)
    cells = _cells(original, cfg)
    table = as_read(raw, cells.columns)
    begun = perf_counter()
    cells.run(table)
    seconds = perf_counter() - begun
    if seconds > SECONDS:
        raise Refusal(f"the cells take {seconds:.0f} seconds, which is too long for each row")
    outcome, _, by = cells.tracked(table)
    labels = outcome.labels(by)
    assert labels is not None
    y = np.asarray(outcome.y).reshape(len(labels), -1)[:, 0]
    target = str(cfg.data.target)
    as_in_table = target in raw and _is_kept(cfg, raw[target].to_numpy()[labels], y)
    _write(
        INPUTS,
        INPUTS_TEXT,
        columns=list(cells.columns),
        table=list(cells.table),
        others=dict(cells.others),
    )
    _write(PREPARE, PREPARE_TEXT, target=target, as_in_table=as_in_table)
    split_at_random(cfg, raw)
    return Rows(cells, table, labels, as_in_table)


def _is_kept(cfg: DictConfig, ours: Any, theirs: Any) -> bool:
    """Whether the target stays as the raw table has it, and the model or parity knows the rest.

    Args:
        cfg: the composed configuration.
        ours: the raw column's values.
        theirs: what the notebook fits to.
    """
    estimator = json.dumps(OmegaConf.to_container(cfg.model.estimator))
    if cfg.data.get("classes") or "TransformedTargetRegressor" in estimator:
        return True
    return _same(ours, theirs)


def choose_features(name: str) -> None:
    """Choose what stands between the features and the estimator, in conf/config.yaml."""
    config = CONF / "config.yaml"
    text = config.read_text(encoding="utf-8")
    write_text(config, re.sub(r"^(\s*- features:).*$", rf"\1 {name}", text, flags=re.M))


def split_at_random(cfg: DictConfig, raw: pd.DataFrame) -> None:
    """Split at random where a column of the former prepare.py told test rows apart.

    Args:
        cfg: the composed configuration.
        raw: the raw table.
    """
    if cfg.data.split.kind != "predefined" or cfg.data.split.column in raw:
        return
    path = data_file(cfg)
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"^(\s+kind:) predefined\b", r"\1 random", text, flags=re.M)
    write_text(path, re.sub(r"^(\s+column:) [^#\n]*", r"\1 null ", text, flags=re.M))


def _cells(original: Original, cfg: DictConfig) -> Cells:
    """The cells, with the names of what they read."""
    table = [file_name(name) for name, place in original.data.items() if place == cfg.data.path]
    others = {
        file_name(name): place
        for name, place in original.data.items()
        if place != cfg.data.path and not place.endswith(".py")
    }
    columns = list(read_raw(cfg.data).columns)
    if cfg.data.format != "sklearn":
        options: Any = OmegaConf.to_container(cfg.data.read, resolve=True)
        columns = list(READERS[cfg.data.format](cfg.data.path, **options).columns)
    return Cells(columns, table, others)


def _dependence(
    cells: Cells, table: pd.DataFrame, kept: Any, target: str, as_in_table: bool
) -> Columns:
    """Find the columns that the features depend on: each is set to one value in turn.

    Args:
        cells: the notebook's.
        table: all rows as the notebook reads them.
        kept: numbers of the rows that it fits to.
        target: the target's name.
        as_in_table: whether that is one of the columns, as it is there.

    Raises:
        Refusal: if features depend on the target, which is not kept as the cells need it.
    """
    rows = table.iloc[kept].reset_index(drop=True)
    of_all, of_kept = _run(cells, table), _run(cells, rows)
    if of_all is None or of_kept is None:
        raise Refusal("the cells fail on the rows that the notebook fits to")
    asked: list[str] = []
    constants: dict[Any, Any] = {}
    of_target = None
    for name in progress(cells.columns, "looking for the columns that the features depend on"):
        value = next((each for each in rows[name].tolist() if not pd.isna(each)), None)
        fixed = _run(cells, _with_one_value(rows, name, value))
        in_X = fixed is None or not compare(fixed.X, of_kept.X)["equal"]
        if str(name) == target:
            if in_X and not as_in_table:
                raise Refusal(f"features depend on the target {target!r}, which the cells change")
            of_target = target if in_X else None
        elif not in_X:
            everywhere = _run(cells, _with_one_value(table, name, value))
            makes_y = everywhere is None or not _same(np.ravel(everywhere.y), np.ravel(of_all.y))
            same_rows = everywhere is not None and np.shape(everywhere.X) == np.shape(of_all.X)
            in_X = not makes_y and not same_rows  # a row is left out for it
        if in_X and str(name) != target:
            asked.append(str(name))
        elif of_target != str(name):
            constants[name] = value
    return Columns(asked, constants, of_target)


def _with_one_value(table: pd.DataFrame, name: Any, value: Any) -> pd.DataFrame:
    """The table with one value in all rows of a column."""
    changed = table.copy()
    changed[name] = pd.Series([value] * len(table), index=table.index, dtype=table[name].dtype)
    return changed


def _run(cells: Cells, table: pd.DataFrame) -> Outcome | None:
    try:
        return cells.run(table)[0]
    except CellsError:
        return None


def _same(one: Any, other: Any) -> bool:
    return one.shape == other.shape and bool(runtime.equal(one, other).all())


def _preprocessing() -> str:
    """The function `preprocessing` of features.py, with what it uses; empty without one."""
    source = FEATURES.read_text(encoding="utf-8")
    statements = ast.parse(source).body
    wanted: set[str] = {"preprocessing"}
    kept: set[int] = set()
    while found := {at for at, each in enumerate(statements) if _binds(each) & wanted} - kept:
        kept |= found
        for at in found:
            wanted |= {n.id for n in ast.walk(statements[at]) if isinstance(n, ast.Name)}
    if not any("preprocessing" in _binds(statements[at]) for at in kept):
        return ""
    lines = source.splitlines()
    return "\n\n".join(
        "\n".join(lines[statements[at].lineno - 1 : statements[at].end_lineno])
        for at in sorted(kept)
    )


def _binds(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {each.asname or each.name.partition(".")[0] for each in names}
        case ast.Assign(targets=targets):
            return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return set()


def _write(path: Path, text: str, **values: Any) -> None:
    """Write a module, with values as code in the places that the text names."""
    write_text(path, text.format(**{name: repr(value) for name, value in values.items()}))


def explain(path: Path, reason: str) -> None:
    """Say in a module's docstring why it is what it is."""
    plain = reason.replace("\\", "/").replace('"', "'")
    words = textwrap.wrap(f"Why: {plain}.", 99)
    text = path.read_text(encoding="utf-8").replace("REASON", "\n".join(words), 1)
    write_text(path, text)


def _format() -> None:
    """Lay the modules out as the linter wants it, where it is installed."""
    if importlib.util.find_spec("ruff"):
        files = map(str, (FEATURES, INPUTS, PREPARE))
        subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", *files], check=False)


def data_file(cfg: DictConfig) -> Path:
    """The file of the group `data` that is chosen."""
    files = sorted((CONF / "data").glob("*.yaml"))
    for path in files:
        if yaml.safe_load(path.read_text(encoding="utf-8")).get("path") == cfg.data.path:
            return path
    return files[0]


def _ask_for(cfg: DictConfig, columns: list[str]) -> None:
    """Have the schema ask for these columns and the target."""
    path = data_file(cfg)
    line = f"features: {json.dumps(columns, ensure_ascii=False)} # those that the cells look at"
    text = path.read_text(encoding="utf-8")
    # A function, since a column's name may hold what `re` takes for a group.
    write_text(path, re.sub(r"^features:.*$", lambda _: line, text, flags=re.M))
    compose_params([])
    run_module("stages.describe", "+overwrite=true")


def run_module(name: str, *arguments: str) -> None:
    """Run a module of this repository as it is now, in a process of its own.

    Args:
        name: of the module, within the package.
        *arguments: of the command.

    Raises:
        Refusal: if it fails.
    """
    package = __package__.partition(".")[0]
    command = [sys.executable, "-m", f"{package}.{name}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise Refusal(lines[-1].removeprefix("Refused: "))


def try_out(cfg: DictConfig) -> None:
    """Fit the features to training rows, and compute those of the test rows.

    Raises:
        Refusal: if that fails.
    """
    schema = Schema.load()
    table = conform(read_prepared(cfg.data), schema).dropna(subset=[schema.target])
    train, test = split_rows(table, schema.target, cfg.data.split, cfg.seed)
    features = importlib.import_module(f"{__package__.partition('.')[0]}.features").Features()
    features.fit(*inputs(train, schema))
    rows = test[schema.features]
    begun = perf_counter()
    try:
        features.transform(rows.head(TRIED))
        minutes = (perf_counter() - begun) / 60 / len(rows.head(TRIED)) * len(rows)
        if minutes > MINUTES:
            raise Refusal(f"{len(rows)} test rows would take {minutes:.0f} minutes each time")
        features.transform(rows)
    except CellsError as error:
        raise Refusal(f"a test row can't be replayed: {error}") from error


main = command(try_out)

if __name__ == "__main__":
    main()
