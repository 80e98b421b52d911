"""Compares this repository with its notebook before it first trains: `make pipeline` calls it.

Where X or y differ it takes another form of features.py and prepare.py, step by step:

1. split: what is computed from many rows is learned while fitting (`steps.Learned`). If y differs
   or rows are not found, the notebook's own cells give these (`parity.replay`).
2. replayed: the notebook's own cells run on the training rows and the new one (`parity.replay`).
3. table only: the raw columns, the notebook's target, metric and estimator.
"""

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from ..data.tables import read_raw
from ..stages.describe import describe_table
from ..steps.run_cells import SOURCE, CellsError
from ..tools.config import compose_params, overridden
from ..tools.dvc import dvc
from ..tools.errors import Refusal
from ..tools.files import read_json, write_text
from ..tools.paths import CONF, PARAMS, SCHEMA
from . import DIFFERS, FILE, RAW_COLUMNS, Verdict, hashes
from .notebook import Original
from .replay import (
    FEATURES,
    FEATURES_TEXT,
    INPUTS,
    PREPARE,
    choose_features,
    data_file,
    explain,
    replay,
    replay_rows,
    run_module,
    split_at_random,
)

FORMS = 2  # that follow the first: replayed, and the table only
DOCUMENT = Path("docs/from-the-notebook.md")

TABLE_FEATURES = f'''\
{RAW_COLUMNS}

REASON
"""

from typing import Any

import pandas as pd

from .steps import Learned, Steps


class Features(Steps):
    """Add, change or drop columns of the raw table."""

    def steps(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> pd.DataFrame:
        """Give the features of raw rows, for example: ``X["ratio"] = X["length"] / X["depth"]``."""
        return X
'''
TABLE_PREPARE = '''\
"""Rows that are left out, and targets that are made, before anything else: by nobody so far."""

import pandas as pd


def prepare(table: pd.DataFrame) -> pd.DataFrame:
    """Give the rows to learn from, with their target, for example: ``table.drop_duplicates()``."""
    return table
'''


def birth(cfg: DictConfig) -> None:
    """Run the stage `parity`, take another form if X or y differ, and say what was found.

    Nothing is written over features.py and prepare.py if a person has changed them.
    """
    found = compared(cfg)
    if rows_differ(found) and Original.load().written == hashes():
        found = in_another_form(cfg, found)
    print(f"This repository and its notebook: {Verdict(found['verdict'], found['line'])}")


def in_another_form(cfg: DictConfig, found: dict[str, Any]) -> dict[str, Any]:
    """Let the notebook's own cells make X and y, or, where nothing works, learn from the table.

    Features that differ are worth more than none: what was compared stays if the cells are no
    better.

    Args:
        cfg: the composed configuration.
        found: the stage's result for the present form.
    """
    if not found.get("target", {}).get("equal"):
        found = with_the_cells_rows(cfg, found)
        cfg = overridden([])
        if not rows_differ(found):
            return found
    works, before = "features" in found, texts(cfg)
    for _ in range(FORMS):
        try:
            print(fall_back(cfg, found["line"], to_table=not works))
        except Refusal as refusal:
            print(_said(f"the form of before stays: {refusal}"))
            return found
        cfg = overridden([])
        now = compared(cfg)
        if works and rows_differ(now):
            restore(before)
            print(_said("the form of before stays: the notebook's own cells differ as well"))
            return compared(overridden([]))
        if "features" in now:
            return now
        found = now
    return found


def with_the_cells_rows(cfg: DictConfig, found: dict[str, Any]) -> dict[str, Any]:
    """Let the notebook's own cells give rows and target; features.py stays.

    Args:
        cfg: the composed configuration.
        found: the stage's result for the present form.

    Returns:
        The stage's result with them, or the former one if y is not the notebook's then either.
    """
    before = texts(cfg)
    try:
        replay_rows(cfg)
    except (Refusal, CellsError):
        restore(before)
        return found
    now = compared(overridden([]))
    if not now.get("target", {}).get("equal"):
        restore(before)
        return compared(overridden([]))
    print(_said(f"the notebook's own cells give rows and target, since {found['line']}"))
    return now


def compared(cfg: DictConfig) -> dict[str, Any]:
    """Describe the table if nobody has, run the stage, and give its result.

    A table that prepare.py can't work on can't be described: that is a difference.
    """
    read_raw(cfg.data)  # without which there is nothing to compare
    try:
        describe_table(cfg)
    except Refusal as refusal:
        return {"verdict": DIFFERS, "line": str(refusal)}
    dvc("repro", "parity")
    found: dict[str, Any] = read_json(FILE)
    return found


def rows_differ(found: dict[str, Any]) -> bool:
    """Whether X or y differ, or can't be made; of another estimator no other form is made."""
    parts = [found[name]["equal"] for name in ("features", "target") if name in found]
    made = len(parts) > 0
    return found["verdict"] == DIFFERS and not (made and all(parts))


# The next form


def fall_back(cfg: DictConfig, reason: str, to_table: bool = True) -> str:
    """Write the next form of features.py and prepare.py, and what in conf/ goes with it.

    Args:
        cfg: the composed configuration.
        reason: why the present form does not do, in one line.
        to_table: whether the table only is a form to take; if not, all stays as it is where the
            cells can't be replayed.

    Returns:
        One line that says which form is taken, and why.

    Raises:
        Refusal: if not even the table can be described, or that form is not to be taken.
    """
    form, unparted = present_form(), Original.load().unparted
    if form == "table only" and not unparted:
        raise Refusal("features.py already takes the raw columns as they are")
    if form != "replayed":
        reason = unparted or reason
        before = texts(cfg)
        try:
            replay(cfg, reason)
            run_module("parity.replay")
            return _said(f"replayed: the notebook's own cells run for every row, since {reason}")
        except (Refusal, CellsError) as why:
            reason = f"{reason}; and {why}"
        restore(before)
    if form == "table only" or not to_table:
        raise Refusal(reason)
    _table_only(cfg, reason)
    line = f"table only: {cfg.model.name} learns from the raw columns, since {reason}"
    return _said(line)


def _said(line: str) -> str:
    """The line, which also goes into the document about the notebook."""
    if DOCUMENT.exists():
        cell = " ".join(line.replace("|", "/").split())
        rows = [
            row
            for row in DOCUMENT.read_text(encoding="utf-8").split("\n")
            if not row.startswith("| form | ")
        ]
        rows.insert(rows.index("| --- | --- |") + 1, f"| form | {cell} |")
        write_text(DOCUMENT, "\n".join(rows))
    return line


def present_form() -> str:
    """The form that features.py has: split, replayed or table only."""
    text = FEATURES.read_text(encoding="utf-8")
    forms = {"replayed": FEATURES_TEXT, "table only": TABLE_FEATURES}
    begun = (form for form, whole in forms.items() if text.startswith(whole.partition("\n")[0]))
    return next(begun, "split")


def _table_only(cfg: DictConfig, reason: str) -> None:
    """Write modules that do nothing, or only make the target.

    Args:
        cfg: the composed configuration.
        reason: why no other form does.

    Raises:
        Refusal: if the target is not there.
    """
    present = PREPARE.read_text(encoding="utf-8")
    known = [*_committed(PREPARE), present]
    if present_form() == "split" and INPUTS.stem in present:
        known = [present]  # since the first one's target is another
    write_text(FEATURES, TABLE_FEATURES)
    explain(FEATURES, reason)
    choose_features("default")
    compose_params([])
    for prepare in (*known, TABLE_PREPARE):
        write_text(PREPARE, prepare)
        if INPUTS.stem not in prepare:
            SOURCE.unlink(missing_ok=True)
            INPUTS.unlink(missing_ok=True)
        if prepare == TABLE_PREPARE or INPUTS.stem in prepare:
            split_at_random(cfg, read_raw(cfg.data))
            compose_params([])
        try:
            return run_module("stages.describe", "+overwrite=true")
        except Refusal as refusal:
            why = refusal
    raise why


def texts(cfg: DictConfig) -> dict[Path, str]:
    """The files that another form changes, as they are."""
    written = (FEATURES, PREPARE, CONF / "config.yaml", data_file(cfg), PARAMS, SCHEMA, DOCUMENT)
    return {path: path.read_text(encoding="utf-8") for path in written if path.exists()}


def restore(before: dict[Path, str]) -> None:
    """Go back to the form of which these are the files."""
    for path, text in before.items():
        write_text(path, text)
    if INPUTS.stem not in before[PREPARE]:
        for path in (SOURCE, INPUTS):
            path.unlink(missing_ok=True)


def _committed(path: Path) -> list[str]:
    """A file's text as it was committed first, if it was."""
    name = path.relative_to(Path.cwd()).as_posix()
    command = ["git", "log", "--format=%H", "--reverse", "--", name]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    if not found:
        return []
    shown = subprocess.run(
        ["git", "show", f"{found[0]}:{name}"], capture_output=True, encoding="utf-8", check=False
    )
    return [shown.stdout] if not shown.returncode else []


def main() -> int:
    """Compare; conf/ is composed anew after each step, which may change it."""
    warnings.simplefilter("ignore")  # about old ways of the notebook's cells
    try:
        birth(overridden([]))
    except Refusal as refusal:
        print(f"Refused: {refusal}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
