"""The printer of documents.

The algorithm is Prettier's, as ruff has it too (`ruff_formatter`), after Philip Wadler, "A prettier
printer" (2003). A document is a tree. A group is printed on one line if all that stands before the
next possible break fits, and is broken otherwise: then each of its line breaks becomes a newline,
and the groups inside it are asked the same question.
"""

import math
import unicodedata
from enum import Enum

from idea.codegen.formatter.documents import (
    HARD,
    STEP,
    BestFit,
    Choice,
    Doc,
    Group,
    IfBroken,
    Indent,
    Line,
    Remark,
    Spill,
)
from idea.program.comments import Where


def flattened(doc: Doc) -> str:
    """Print a document on one line."""
    return Printer(math.inf).print(Group(doc), 0)


def text_width(text: str) -> int:
    """Count the columns that a text takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


class _Measure(Enum):
    """What has to fit: up to the first break, every line, or the lines but not the text."""

    FIRST = 1
    ALL = 2
    OVERFLOW = 3


class Printer:
    """Prints a document; breaks a group if the text before the next break does not fit."""

    def __init__(self, width: float) -> None:
        """Take the longest line, in columns."""
        self.width = width
        self.column = 0
        self.out: list[str] = []
        self.broken: dict[Group, bool] = {}
        self.measured = False  # whether the text that is printed flat is known to fit
        self.remarks: list[tuple[Remark, int]] = []  # for the end of the line, with indentation

    def print(self, doc: Doc, indent: int) -> str:
        """Print one document, from the start of a line."""
        self.out, self.column = [" " * indent], indent
        stack: list[tuple[int, bool, Doc]] = [(indent, True, doc)]
        while stack:
            indent, broken, doc = stack.pop()
            match doc:
                case str():
                    self.out.append(doc)
                    self.column += text_width(doc)
                case tuple():
                    stack.extend((indent, broken, part) for part in reversed(doc))
                case Remark(text, Where.ABOVE):
                    self.out.append(text)
                    stack.append((indent, broken, HARD))
                case Remark():
                    self.remarks.append((doc, indent))
                case Line() if broken or doc is HARD:
                    self._end_line()
                    self.out.append("\n" + " " * indent)
                    self.column, self.measured = indent, False
                case Line(flat):
                    self.out.append(flat)
                    self.column += len(flat)
                case Indent(inner, when):
                    deeper = STEP if when is None or self.broken[when] else 0
                    stack.append((indent + deeper, broken, inner))
                case IfBroken(yes, no, group):
                    chosen = broken if group is None else self.broken[group]
                    stack.append((indent, broken, yes if chosen else no))
                case Spill(inner, group):
                    if group is None or not self.broken[group]:
                        self.measured = False
                    stack.append((indent, broken, inner))
                case BestFit(inner):
                    within: Doc = ("(", Indent((HARD, inner)), HARD, ")")
                    if not self._flat(doc, indent, broken, stack):
                        self.broken[doc] = True
                        trial = (indent, broken, _Measure.ALL, within)
                        self.broken[doc] = self._fits([trial], stack)
                    chosen = self.broken[doc]
                    stack.append((indent, chosen, within if chosen else inner))
                case Group(inner, when):
                    if when is None or self.broken[when]:
                        broken = not self._flat(doc, indent, broken, stack)
                    stack.append((indent, broken, inner))
                case Choice(variants) if self.measured and not broken:
                    stack.append((indent, broken, variants[0]))
                case Choice(variants):
                    for variant in variants[:-1]:
                        if self._fits([(indent, False, _Measure.FIRST, variant)], stack):
                            self.measured = True
                            stack.append((indent, False, variant))
                            break
                    else:
                        stack.append((indent, True, variants[-1]))
        self._end_line()
        return "".join(self.out)

    def _end_line(self) -> None:
        """Print the comments that wait for the end of the line."""
        for remark, indent in self.remarks:
            before = "  " if remark.where is Where.BESIDE else "\n" + " " * indent
            self.out.append(before + remark.text)
        self.remarks.clear()

    def _flat(
        self, group: Group, indent: int, broken: bool, rest: list[tuple[int, bool, Doc]]
    ) -> bool:
        self.broken[group] = group.broken
        if not group.broken and (broken or not self.measured):
            self.measured = True
            trial = (indent, False, _Measure.FIRST, group.doc)
            self.broken[group] = not self._fits([trial], rest)
        return not self.broken[group]

    def _fits(
        self,
        todo: list[tuple[int, bool, _Measure, Doc]],
        rest: list[tuple[int, bool, Doc]],
    ) -> bool:
        column, left = self.column, len(rest)
        while todo or left:
            if todo:
                indent, broken, measure, doc = todo.pop()
            else:
                left -= 1
                indent, broken, doc = rest[left]
                measure = _Measure.FIRST
            match doc:
                case str():
                    first, newline, _ = doc.partition("\n")
                    column += text_width(first)
                    if newline and column <= self.width:
                        return True
                case tuple():
                    todo.extend((indent, broken, measure, part) for part in reversed(doc))
                case Line() if broken or doc is HARD:
                    if measure is _Measure.FIRST:
                        return True
                    column = indent
                case Line(flat):
                    column += len(flat)
                case Indent(inner, when):
                    deeper = STEP if when is None or self.broken[when] else 0
                    todo.append((indent + deeper, broken, measure, inner))
                case IfBroken(yes, no, group):
                    chosen = broken if group is None else self.broken[group]
                    todo.append((indent, broken, measure, yes if chosen else no))
                case Spill(inner, group):
                    if not broken and (group is None or not self.broken[group]):
                        broken, measure = True, _Measure.OVERFLOW
                    todo.append((indent, broken, measure, inner))
                case Group(inner, when):
                    broken = broken or (doc.broken and when is None)
                    self.broken[doc] = broken
                    todo.append((indent, broken, measure, inner))
                case Choice(variants):
                    todo.append((indent, broken, measure, variants[-1 if broken else 0]))
            if column > self.width and measure is not _Measure.OVERFLOW:
                return False
        return True
