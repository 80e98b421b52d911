"""Finds the numbers that a print statement wrote in a cell's output."""

import ast
import re
from collections.abc import Callable, Iterator
from string import Formatter
from typing import Generic, TypeGuard, TypeVar

NUMBER = r"([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)"
_LONE = re.compile(rf"['\"(]*(?:np\.float64\()?{NUMBER}[)'\"]*\s*%?")
_REPORTED = re.compile(r"^\s*accuracy\s+(\d\.\d+)\s+\d+\s*$", re.MULTILINE)
_PERCENT = re.compile(r"%[-+ #0]*\d*(?:\.\d+)?([a-zA-Z%])")
_MOST_HOLES = 2

T = TypeVar("T")


class Template(Generic[T]):
    """A print statement as a pattern of what it writes.

    Attributes:
        pattern: a regular expression with a group for each number of interest; empty if the
            statement writes too much else.
        measures: what these numbers are.
    """

    def __init__(self, call: ast.Call, measure: Callable[[ast.expr], T | None]) -> None:
        """Take a call of print, and a function that recognises the expressions of interest."""
        self.measures: list[T] = []
        self.pattern = ""
        pattern, text, holes = "", "", 0
        for i, argument in enumerate(call.args):
            text += " " * bool(i)
            for piece in _pieces(argument):
                if isinstance(piece, str):
                    text += piece
                    continue
                pattern += _spaced(text)
                text = ""
                found = measure(piece)
                if found is not None:
                    self.measures.append(found)
                    pattern += NUMBER + "%?"
                else:
                    holes += 1
                    pattern += r"[^\n]{0,80}?"
        if call.keywords or holes > _MOST_HOLES:
            self.measures = []
            return
        pattern = (pattern + _spaced(text)).removeprefix(r"\s+").removesuffix(r"\s+")
        self.pattern = rf"^[ \t]*{pattern}[ \t]*%?[ \t]*$"


def printed_numbers(templates: list[Template[T]], text: str) -> Iterator[tuple[T, str]]:
    """Find the numbers that print statements wrote.

    Statements that write the same pattern are matched in their order, if the text has as many
    lines of the pattern as there are such statements.

    Args:
        templates: the statements, in the order in which they run.
        text: what their cell wrote.

    Returns:
        What each number is, and the number as it was written.
    """
    for pattern in {template.pattern for template in templates if template.measures}:
        rows = re.findall(pattern, text, re.MULTILINE)
        wanted = [template.measures for template in templates if template.pattern == pattern]
        if len(rows) == len(wanted):
            for row, measures in zip(rows, wanted, strict=True):
                numbers = [row] if isinstance(row, str) else row
                yield from zip(measures, numbers, strict=True)


def lone_number(output: str) -> str | None:
    """Give the number that an output consists of; None if it is anything else."""
    found = _LONE.fullmatch(output.strip())
    return found[1] if found else None


def reported_accuracy(text: str) -> str | None:
    """Give the accuracy of the only classification report in a text."""
    found = _REPORTED.findall(text)
    return found[0] if len(found) == 1 else None


def is_print(node: ast.expr) -> TypeGuard[ast.Call]:
    """Tell whether an expression is a call of print."""
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    )


def _spaced(text: str) -> str:
    return r"\s+".join(re.escape(word) for word in re.split(r"\s+", text))


def _pieces(node: ast.expr) -> Iterator[str | ast.expr]:
    """Give the texts and the expressions that a text is composed of, in any of four notations."""
    match node:
        case ast.Constant(value=value):
            yield str(value)
        case ast.JoinedStr(values=parts):
            for part in parts:
                yield from _pieces(part)
        case ast.FormattedValue(value=value) | ast.Call(func=ast.Name(id="str"), args=[value]):
            yield value
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            yield from _pieces(left)
            yield from _pieces(right)
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str(text)), right=right):
            yield from _of_percent(text, right.elts if isinstance(right, ast.Tuple) else [right])
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            yield from _of_format(text, node)
        case _:
            yield node


def _of_percent(text: str, values: list[ast.expr]) -> Iterator[str | ast.expr]:
    start, rest = 0, iter(values)
    for mark in _PERCENT.finditer(text):
        yield text[start : mark.start()]
        yield "%" if mark[1] == "%" else next(rest, ast.Constant(""))
        start = mark.end()
    yield text[start:]


def _of_format(text: str, call: ast.Call) -> Iterator[str | ast.expr]:
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    try:
        fields = list(Formatter().parse(text))
    except ValueError:
        return
    count = 0
    for before, name, _, _ in fields:
        yield before
        if name is None:
            continue
        position = int(name) if name.isdigit() else count
        count += not name
        if name in named:
            yield named[name]
        else:
            yield call.args[position] if position < len(call.args) else ast.Constant("")
