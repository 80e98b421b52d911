"""Describe the raw table in data/schema.yaml, once: `make schema` or `make setup`."""

import logging
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from omegaconf import DictConfig, OmegaConf
from pandas.api import types

from ..data.casting import as_type, fits
from ..data.pieces import is_folder
from ..data.schema import Column, Schema, Task, Type
from ..data.tables import is_here
from ..tools.command import command
from ..tools.errors import Refusal
from ..tools.paths import SCHEMA
{%- if cookiecutter.__cells %}
from .formats import keep_formats
{%- endif %}
from .ingest import prepared_pieces, read_prepared{{ '' if cookiecutter.__cells else ', read_sample' }}
from .noticed import notice

MAX_CATEGORIES = 50  # more than these are not listed
{%- if not cookiecutter.__notebook %}
SHOWN = 5  # values in a message
{%- endif %}
WORDS_OF_TEXT = 4  # strings with more words a cell, on average, are text
ROWS_OF_ID = 50  # in a shorter table, different values may be chance
# In a name these words say that the column tells rows apart.
NAME_OF_ID = re.compile(
    r"(?:^|[\W_])(?:id|uuid|guid|key|no|nr|number)$|^index$|^id(?:$|[\W_])|(?-i:[a-z]I[dD]$)", re.I
)
NEARLY = 0.95  # this share of different values is nearly all
YES = {"1", "true", "yes", "y", "t", "positive"}

log = logging.getLogger(__name__)


def describe(
    table: pd.DataFrame, target: str, task: str, features: Sequence[str] | None = None
) -> Schema:
    """Infer the schema of a table.

    Args:
        table: the raw table, as read.
        target: the column to predict.
        task: classification or regression.
        features: the columns that a model may look at, if that is known; the others are left out.

    Raises:
        Refusal: if the target can't be learned.
    """
    if features is not None:
        table = table[[name for name in table if name == target or name in features]]
    columns = tuple(
        _column(str(name), table[name], str(name) == target, features is not None) for name in table
    )
    found = table[target].dropna()
    if found.empty:
        raise Refusal(f"every value of the target {target!r} is missing; set data.target")
    classes = found.nunique()
    if classes == 1:
        raise Refusal(f"the target {target!r} is {found.iloc[0]!r} in every row; set data.target")
    if task == "regression":
        if not _is_number(found):
            raise Refusal(f"the target {target!r} holds no numbers; set data.task=classification")
        return Schema(target, "regression", columns)
    if classes > 2:
        return Schema(target, "multiclass", columns)
    kind = Schema(target, "binary", columns)[target].type
    return Schema(target, "binary", columns, _positive(as_type(found, kind)))


{% if not cookiecutter.__notebook -%}
def check_target(values: pd.Series, task: str, name: str) -> None:
    """Refuse a target of classes that can't be told apart, or not be split.

    Args:
        values: the target's, none missing.
        task: classification or regression.
        name: the target's.

    Raises:
        Refusal: if labels differ in padding or case only, or a class has one row.
    """
    if task != "classification":
        return
    counts = values.astype(str).value_counts()
    alike: dict[str, list[str]] = {}
    for label in counts.index:
        alike.setdefault(" ".join(label.split()).casefold(), []).append(label)
    if pairs := [labels for labels in alike.values() if len(labels) > 1]:
        said = "; ".join(f"{', '.join(map(repr, ls))} as {ls[0]!r}" for ls in pairs[:SHOWN])
        raise Refusal(f"labels of {name!r} differ in case only; write each one way: {said}")
    if single := [label for label in counts.index if counts[label] == 1]:
        raise Refusal(
            f"{len(single)} of {len(counts)} classes of {name!r} have one row only "
            f"({', '.join(map(repr, single[:SHOWN]))}); leave these rows out in prepare.py, merge "
            "the classes, or name another target"
        )


{% endif -%}
def chosen(former: Schema, known: Sequence[str], features: Sequence[str]) -> list[str]:
    """Choose the features of a schema that follows a former one, as people chose theirs.

    Args:
        former: the schema; people may have added columns to it, and removed some.
        known: the features that it was inferred for.
        features: those that a model may look at now.
    """
    there = {column.name for column in former.columns}
    added = there - {former.target, *known}
    removed = {*known} - there
    return sorted({*features} - removed | added)


def kept(former: Schema, found: Schema) -> Schema:
    """Keep what people wrote about columns of a former schema that are columns of a new one.

    Args:
        former: the schema, with their changes.
        found: the schema as it is inferred now.
    """
    targets = {former.target, found.target} if former.target != found.target else set()
    theirs = {column.name: column for column in former.columns if column.name not in targets}
    columns = tuple(theirs.get(column.name, column) for column in found.columns)
    same = (former.target, former.task) == (found.target, found.task)
    return replace(former if same else found, columns=columns)


def widened(schema: Schema, pieces: Iterable[pd.DataFrame]) -> Schema:
    """The schema of a sample, so that all rows of its table keep to it.

    Types stay, but for numbers that are not whole; nothing is said to be unique.

    Args:
        schema: as it was inferred from a sample.
        pieces: of the whole table.
    """
    columns = {column.name: replace(column, unique=False) for column in schema.columns}
    spans: dict[str, tuple[float, float]] = {}
    classes: set[Any] = set()
    for piece in pieces:
        classes.update(piece[schema.target].dropna().unique())
        for name, column in columns.items():
            values = piece[name]
            found = values.dropna()
            nullable = column.nullable or len(found) < len(values)
            if column.type in ("number", "integer") and types.is_numeric_dtype(found):
                finite = found[found.abs() < math.inf]
                low, high = spans.get(name, (math.inf, -math.inf))
                spans[name] = min(low, finite.min()), max(high, finite.max())
                whole = column.type == "integer" and fits(found, "integer").all()
                column = replace(column, type="integer" if whole else "number")
            if column.categories is not None:
                seen = sorted({*column.categories, *found.astype(str).unique()})
                column = replace(column, categories=seen if len(seen) <= MAX_CATEGORIES else None)
            columns[name] = replace(column, nullable=nullable)
    for name, span in spans.items():
        if span[0] <= span[1]:
            columns[name] = _with_range(columns[name], pd.Series(span))
    many = schema.task == "binary" and len(classes) > 2
    task: Task = "multiclass" if many else schema.task
    positive = None if many else schema.positive
    return replace(schema, task=task, positive=positive, columns=tuple(columns.values()))


def _column(name: str, values: pd.Series, is_target: bool, is_wanted: bool) -> Column:
    found = values.dropna()
    nullable = bool(values.isna().any())
    kind = _type(found)
    if kind in ("integer", "category") and _tells_rows_apart(name, found):
        kind = "id"
    if kind == "id" and (is_target or is_wanted):
        kind = "integer" if types.is_integer_dtype(found) else "category"
    if kind == "datetime" and is_wanted and not _reads_back(found):
        kind = "category"  # the steps take the text apart as it is written
    if kind == "text" and is_target:
        kind = "category"
    if kind in ("number", "integer"):
        return _with_range(Column(name, kind, nullable), found)
    listed = kind == "category" and 0 < found.nunique() <= MAX_CATEGORIES
    seen = sorted(found.astype(str).unique()) if listed else None
    unique = kind == "id" and found.is_unique
    return Column(name, kind, nullable, unique=unique, categories=seen)


def _tells_rows_apart(name: str, found: pd.Series) -> bool:
    """Whether a column is named as an identifier, and hardly a value of it repeats."""
    many = len(found) >= ROWS_OF_ID and found.nunique() >= NEARLY * len(found)
    return many and NAME_OF_ID.search(name) is not None


def _type(found: pd.Series) -> Type:
    """The type of a column, told from the values that are not missing."""
    if types.is_datetime64_any_dtype(found):
        return "datetime"
    objects = types.is_object_dtype(found) and len(found) > 0
    if types.is_bool_dtype(found) or (objects and set(found.map(type)) == {bool}):
        return "boolean"
    alone = not types.is_float_dtype(found) and len(found) >= ROWS_OF_ID and found.is_unique
    if types.is_integer_dtype(found):
        return "id" if alone and found.max() - found.min() == len(found) - 1 else "integer"
    if types.is_numeric_dtype(found):
        return "number"
    rows = found.astype(str).value_counts(sort=False)  # of each different text
    texts = pd.Series(rows.index, dtype="str")
    if len(found) and types.is_datetime64_any_dtype(as_type(texts, "datetime")):
        return "datetime"
    words = texts.map(lambda text: len(text.split())).to_numpy()
    if len(found) and (words * rows.to_numpy()).sum() > WORDS_OF_TEXT * len(found):
        return "text"
    return "id" if alone else "category"


def _reads_back(dates: pd.Series) -> bool:
    """Whether dates are dates already, or texts as pandas would write them."""
    texts = dates.astype(str)
    is_date = types.is_datetime64_any_dtype(dates)
    return is_date or bool((as_type(texts, "datetime").astype("str") == texts).all())


def _is_number(values: pd.Series) -> bool:
    return types.is_numeric_dtype(values) and not types.is_bool_dtype(values)


def _with_range(column: Column, found: pd.Series) -> Column:
    low, high = _range(found)
    if column.type == "integer" and low is not None and high is not None:
        low, high = math.floor(low), math.ceil(high)
    return replace(column, min=low, max=high)


def _range(found: pd.Series) -> tuple[float | None, float | None]:
    """The values' range, widened by half its span on both sides, in round numbers.

    What was never negative stays so. None where all values are the same.
    """
    finite = found[found.abs() < math.inf]
    low, high = float(finite.min()), float(finite.max())
    span = high - low
    if not span > 0:
        return None, None
    unit = 10.0 ** (math.floor(math.log10(span)) - 1)
    lowest = math.floor((low - span / 2) / unit) * unit
    highest = math.ceil((high + span / 2) / unit) * unit
    lowest = max(lowest, 0.0) if low >= 0 else lowest
    rounded = float(f"{lowest:.12g}"), float(f"{highest:.12g}")
    # Of large numbers that are close together, twelve digits are too few.
    return rounded if rounded[0] <= low and high <= rounded[1] else (lowest, highest)


def _positive(classes: pd.Series) -> Any:
    """The class that is called yes, true or 1, or else the rarer one."""
    counts = classes.value_counts()
    named = [value for value in counts.index if str(value).lower() in YES]
    value = named[0] if named else counts.index[-1]
    return value.item() if hasattr(value, "item") else value


def describe_table(cfg: DictConfig) -> None:
    """Write data/schema.yaml, unless it is there (`+overwrite=true` writes it anew).

    With `+optional=true` a table that is not here, or can't be prepared yet, is no mistake.
    `+before=…` names the params.yaml that it was written for: it follows what has changed since,
    and keeps what people wrote.
    """
    before = cfg.get("before")
    if SCHEMA.exists() and not before and not cfg.get("overwrite", False):
        return
    if cfg.get("optional", False) and not is_here(cfg.data):
        log.warning("%s is not here, so %s waits: dvc pull, make schema", cfg.data.path, SCHEMA)
        return
    try:
{%- if cookiecutter.__cells %}
        table = read_prepared(*keep_formats(cfg.data))
{%- else %}
        table = read_prepared(cfg.data, read_sample(cfg.data))
{%- endif %}
{%- if not cookiecutter.__notebook %}
        check_target(table[cfg.data.target].dropna(), cfg.data.task, str(cfg.data.target))
{%- endif %}
    except Refusal as refusal:
        if not cfg.get("optional", False):
            raise
        log.warning("%s; so %s waits", refusal, SCHEMA)
        return
    former = Schema.load() if before and SCHEMA.exists() else None
    features = cfg.data.features
    if former is not None and features is not None:
        known = OmegaConf.load(before).data.features
        features = chosen(former, features if known is None else known, features)
    schema = describe(table, cfg.data.target, cfg.data.task, features)
    if is_folder(cfg.data):
        schema = widened(schema, prepared_pieces(cfg.data))
    numbers = cfg.data.get("classes") or {}
    if schema.task == "binary" and schema.positive in numbers:  # what the notebook calls 1
        schema = replace(schema, positive=max(numbers, key=numbers.__getitem__))
    if not schema.features:
        raise Refusal(
            f"{cfg.data.path}: every column beside the target is an identifier, another value in "
            "each row, so nothing can be learned; give a table with other columns"
        )
    if former is not None:
        schema = kept(former, schema)
        _log_changes(former, schema)
        if schema == former:
            return
    schema.save()
    ids = [column.name for column in schema.columns if column.type == "id"]
    if ids:
        log.info(
            "identifiers, which no model looks at: %s; to learn from one, change its type in %s",
            ", ".join(ids),
            SCHEMA,
        )
    log.info(
        "%s: %d columns, target %s (%s). Read it, edit it, commit it.",
        SCHEMA,
        len(schema.columns),
        schema.target,
        schema.task,
    )
    notice(table, schema, cfg)


def _log_changes(former: Schema, schema: Schema) -> None:
    """Say what becomes of a schema that is there."""
    if schema == former:
        log.info("%s stays as it is: no column of it changes", SCHEMA)
        return
    before = [column.name for column in former.columns]
    now = [column.name for column in schema.columns]
    for what, names in {
        "new": [name for name in now if name not in before],
        "gone": [name for name in before if name not in now],
    }.items():
        if names:
            log.info("%s, %s: %s", SCHEMA, what, ", ".join(names))
    if schema.target != former.target:
        log.info("%s, target: %s, which was %s", SCHEMA, schema.target, former.target)


main = command(describe_table, options=("before", "optional", "overwrite"))

if __name__ == "__main__":
    main()
