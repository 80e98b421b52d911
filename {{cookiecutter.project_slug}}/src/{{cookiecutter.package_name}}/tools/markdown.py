"""Markdown for GitHub of what others wrote: reasons, names of columns, values."""

import re
from collections.abc import Iterable
from html import escape
from typing import Any

SPECIAL = re.compile(r"([\\`*\[\]|~#]|(?<![^\W_])_|_(?![^\W_]))")
# What GitHub makes a link or a mention of: @someone, #12, https://, www.
LINKED = re.compile(r"(?<=@)(?=\w)|(?<=#)(?=\d)|(?<=:)(?=//)|(?<=www)(?=\.)", re.IGNORECASE)
BREAK = "\u200b"  # a space of no width


def one_line(text: str, longest: int = 200) -> str:
    """The text without line ends and control characters, cut where it is too long."""
    line = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def plain(value: Any) -> str:
    """A value so that Markdown shows it as it is, on one line, even in a table."""
    return SPECIAL.sub(r"\\\1", escape(LINKED.sub(BREAK, one_line(str(value))), quote=False))


def table(header: list[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table of values as they are."""
    lines = [header, ["---"] * len(header), *([plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float | None) -> str:
    """A score, or a dash where there is none."""
    return "-" if value is None else f"{value:.4f}"


def span(ends: list[float] | None) -> str:
    """An interval, or a dash where there is none."""
    return " to ".join(map(number, ends)) if ends else "-"
