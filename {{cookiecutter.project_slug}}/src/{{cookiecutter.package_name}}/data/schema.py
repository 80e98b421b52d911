"""The contract of the table: data/schema.yaml, inferred from the data once, edited by people."""

import dataclasses
{%- if cookiecutter.__cells %}
from collections.abc import Mapping
{%- endif %}
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, get_args

import yaml

from ..tools.errors import Refusal
from ..tools.files import write_text
from ..tools.paths import SCHEMA
{%- if cookiecutter.__cells %}
from .cells import PLAIN, Cells
{%- endif %}

Type = Literal["number", "integer", "boolean", "category", "text", "datetime", "id"]
Task = Literal["binary", "multiclass", "regression"]

HEADER = """\
# What the table must look like. Written once from the data; from then on it is yours to edit:
# `validate` stops the pipeline where a row breaks it. Ranges leave half a span of room.
# Types: number, integer, boolean, category, text, datetime, id (which no model looks at).
# `open: true` lets a category column hold values that are not listed.
"""


@dataclass(frozen=True)
class Column:
    """One column: its type, whether it may be missing, and what it may hold.

    With `open`, values beyond `categories` are allowed too; to the model they are all unknown.
{%- if cookiecutter.__cells %}
    `cells` says how requests may write the values, as the table does: a model folder holds it.
{%- endif %}
    """

    name: str
    type: Type
    nullable: bool = False
    unique: bool = False
    min: float | None = None
    max: float | None = None
    categories: list[str] | None = None
    open: bool = False
{%- if cookiecutter.__cells %}
    cells: dict[str, Any] | None = None

    @property
    def written(self) -> Cells:
        """How the column's cells are written."""
        return PLAIN if self.cells is None else Cells(**self.cells)
{%- endif %}

    @property
    def span(self) -> str | None:
        """The range in words, if there is one."""
        if self.min is None:
            return None if self.max is None else f"at most {self.max:g}"
        return f"at least {self.min:g}" if self.max is None else f"{self.min:g} to {self.max:g}"

    @property
    def allowed(self) -> list[str] | None:
        """The only values that there may be, if they are listed."""
        if self.categories is None or self.open:
            return None
        return [str(value) for value in self.categories]


@dataclass(frozen=True)
class Schema:
    """The columns of the raw table, which of them is the target, and the task it sets.

{%- if cookiecutter.__cells %}
    `positive` is the class that a binary task looks for. `na_values` are the texts that mean a
    missing value: a model folder holds them, and elsewhere cells have been read.
{%- else %}
    `positive` is the class that a binary task looks for.
{%- endif %}
    """

    target: str
    task: Task
    columns: tuple[Column, ...]
    positive: Any = None
{%- if cookiecutter.__cells %}
    na_values: list[str] | None = None
{%- endif %}

    def __getitem__(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def features(self) -> list[str]:
        """Names of the columns that a model may look at: all but the target and the ids."""
        return [c.name for c in self.columns if c.name != self.target and c.type != "id"]
{%- if cookiecutter.__cells %}

    def written_as(self, na_values: list[str], cells: Mapping[str, dict[str, Any]]) -> Self:
        """The schema of a model that reads rows as its table was read.

        Args:
            na_values: texts that mean a missing value.
            cells: options of the columns that are not written plainly.
        """
        columns = tuple(
            dataclasses.replace(column, cells=dict(cells[column.name]))
            if column.name in cells
            else column
            for column in self.columns
        )
        return dataclasses.replace(self, columns=columns, na_values=na_values)
{%- endif %}

    def save(self, path: Path = SCHEMA) -> None:
        """Write the schema as YAML."""
        content: dict[str, Any] = {"target": self.target, "task": self.task}
        if self.task == "binary":
            content["positive"] = self.positive
{%- if cookiecutter.__cells %}
        if self.na_values is not None:
            content["na_values"] = self.na_values
{%- endif %}
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
{%- if cookiecutter.__cells %}
            rest = (content.get("positive"), content.get("na_values"))
            schema = cls(content["target"], content["task"], columns, *rest)
{%- else %}
            schema = cls(content["target"], content["task"], columns, content.get("positive"))
{%- endif %}
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


def _said(column: Column) -> dict[str, Any]:
    """A column's fields that differ from their defaults, without its name."""
    usual = {field.name: field.default for field in dataclasses.fields(Column)}
    content = dataclasses.asdict(column).items()
    return {key: value for key, value in content if key != "name" and value != usual[key]}
