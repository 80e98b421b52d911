"""The query inside another one, which gives each column a type that Parquet and pandas share."""

from collections.abc import Iterable, Sequence

from ..tools.errors import Refusal


def selecting(expressions: Iterable[str], query: str) -> str:
    """A query for expressions over the columns of another query."""
    inner = query.strip().rstrip(";")
    # A comment may be the last that the query holds.
    return "\n".join(("SELECT", ", ".join(expressions), "FROM (", inner, ") AS snapshot"))


def quoted(name: str) -> str:
    """A column's name, as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def refuse_repeated(names: Sequence[str]) -> None:
    """See that no two columns have one name.

    Raises:
        Refusal: if some have.
    """
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise Refusal(
            f"the query gives several columns named {', '.join(repeated)}; rename them with AS in "
            "data.source.query"
        )
