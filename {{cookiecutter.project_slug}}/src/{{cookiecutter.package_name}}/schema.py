"""What the table must look like: data/schema.yaml, inferred once from the data, then people's."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, get_args

import pandas as pd
import yaml
from pandas.api import types

from .errors import Refusal
from .files import write_text
from .paths import SCHEMA

Type = Literal["number", "integer", "boolean", "category", "text", "datetime", "id"]
Task = Literal["binary", "multiclass", "regression"]

HEADER = """\
# What the table must look like. Written once from the data; from then on it is yours to edit:
# `validate` stops the pipeline where a row breaks it. Ranges leave half a span of room.
# Types: number, integer, boolean, category, text, datetime, id (which no model looks at).
"""


@dataclass(frozen=True)
class Column:
    """One column: its type, whether it may be missing, and what it may hold."""

    name: str
    type: Type
    nullable: bool = False
    unique: bool = False
    min: float | None = None
    max: float | None = None
    categories: list[str] | None = None


@dataclass(frozen=True)
class Schema:
    """The columns of the raw table, which of them is the target, and the task it sets.

    `positive` is the class that a binary task looks for.
    """

    target: str
    task: Task
    columns: tuple[Column, ...]
    positive: Any = None

    def __getitem__(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def features(self) -> list[str]:
        """Names of the columns that a model may look at: all but the target and the ids."""
        return [c.name for c in self.columns if c.name != self.target and c.type != "id"]

    def conform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table's known columns, in the schema's order and types.

        Numbers become float64 (int64 for integers, none missing), dates datetime64, categories,
        texts and ids str. A column that holds anything else stays as it is, for `validate`.
        """
        known = [column for column in self.columns if column.name in table]
        return pd.DataFrame({c.name: as_type(table[c.name], c.type) for c in known}, table.index)

    def save(self, path: Path = SCHEMA) -> None:
        """Write the schema as YAML."""
        content: dict[str, Any] = {"target": self.target, "task": self.task}
        if self.task == "binary":
            content["positive"] = self.positive
        content["columns"] = {column.name: _said(column) for column in self.columns}
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
        write_text(path, HEADER + text)

    @classmethod
    def load(cls, path: Path = SCHEMA) -> Self:
        """Read a schema.

        Raises:
            Refusal: if there is none, or it says something that a schema can't.
        """
        if not path.exists():
            raise Refusal(f"{path} is not there; run `make schema`")
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            columns = tuple(Column(str(n), **c) for n, c in content["columns"].items())
            schema = cls(content["target"], content["task"], columns, content.get("positive"))
        except (yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
            raise Refusal(f"{path} is not a schema ({error}); mend it, or `make schema`") from None
        for column in columns:
            if column.type not in get_args(Type):
                allowed = ", ".join(get_args(Type))
                raise Refusal(f"{path}: {column.name} is a {column.type!r}; types are {allowed}")
        if schema.task not in get_args(Task):
            allowed = ", ".join(get_args(Task))
            raise Refusal(f"{path}: no such task: {schema.task!r}; tasks are {allowed}")
        if schema.target not in {column.name for column in columns}:
            raise Refusal(f"{path}: the target {schema.target!r} is not one of its columns")
        return schema


def as_type(values: pd.Series, kind: Type) -> pd.Series:
    """The values in a type of the schema, or as they are where one of them can't be."""
    if not fits(values, kind).all():
        return values
    if kind in ("number", "integer"):
        whole = kind == "integer" and not values.isna().any()
        return pd.to_numeric(values).astype("int64" if whole else "float64")
    if kind == "boolean":
        truths = values.map(_truth, na_action="ignore")
        return truths.astype("object" if values.isna().any() else "bool")
    if kind == "datetime":
        return _dates(values)
    return values.map(str, na_action="ignore").astype("str")


def fits(values: pd.Series, kind: Type) -> pd.Series:
    """Which values are of a type, or missing: a boolean mask."""
    if kind in ("number", "integer"):
        numbers = pd.to_numeric(values, errors="coerce")
        right = numbers.notna() & ~values.map(lambda value: isinstance(value, bool))
        return values.isna() | (right & (numbers % 1 == 0) if kind == "integer" else right)
    if kind == "boolean":
        return values.isna() | values.map(_truth, na_action="ignore").isin([True, False])
    if kind == "datetime":
        return values.isna() | _dates(values).notna()
    return pd.Series(True, values.index)


def _truth(value: Any) -> bool | None:
    return {"true": True, "false": False, "1": True, "0": False}.get(str(value).lower())


def _dates(values: pd.Series) -> pd.Series:
    if types.is_datetime64_any_dtype(values):
        return values
    return pd.to_datetime(values, errors="coerce", format="ISO8601")


def _said(column: Column) -> dict[str, Any]:
    """What is worth a line: everything but the name and what is as usual."""
    usual = {field.name: field.default for field in dataclasses.fields(Column)}
    content = dataclasses.asdict(column).items()
    return {key: value for key, value in content if key != "name" and value != usual[key]}
