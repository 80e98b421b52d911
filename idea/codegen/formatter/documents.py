"""Documents: text with the places where a line may break, and their printer.

The algorithm is Prettier's, as ruff has it too (`ruff_formatter`), after Philip Wadler, "A prettier
printer" (2003). A document is a tree. A group is printed on one line if all that stands before the
next possible break fits, and is broken otherwise: then each of its line breaks becomes a newline,
and the groups inside it are asked the same question. What this printer adds to Wadler's are ruff's
own questions: groups that depend on other groups, parentheses that appear only where they help, and
comments, which wait for the end of their line.
"""

import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from idea.program.comments import Where

STEP = 4  # columns by which a block or the inside of brackets is indented


@dataclass(eq=False)
class Line:
    """A line break where the enclosing group is broken."""

    flat: str = ""


@dataclass(eq=False)
class Group:
    """Breaks as a whole, or not at all; with `when`, only if that other group is broken."""

    doc: "Doc" = ""
    when: "Group | None" = None
    broken: bool = False


@dataclass(eq=False)
class Indent:
    """Deeper by a step; with `when`, only if that group is broken."""

    doc: "Doc"
    when: Group | None = None


@dataclass(eq=False)
class IfBroken:
    """One of two, by the enclosing group or by the one named."""

    broken: "Doc"
    flat: "Doc" = ""
    group: Group | None = None


@dataclass(eq=False)
class Spill:
    """The inside of brackets: may break although everything around it stays on one line."""

    doc: "Doc"
    group: Group | None = None


@dataclass(eq=False)
class BestFit(Group):
    """Goes into parentheses if that makes it fit."""


@dataclass(eq=False)
class Choice:
    """The first that fits, or the last."""

    variants: "Sequence[Doc]"


@dataclass(eq=False)
class Remark:
    """A comment: at the end of its line, on the next line, or right here with its line's end."""

    text: str
    where: Where


Doc = str | tuple["Doc", ...] | Line | Group | Indent | IfBroken | Spill | Choice | Remark

HARD = Line("\n")  # a line break in any case


# --- builders ---

# Where an expression stands: outside brackets (None), in brackets (INSIDE), or in a group that
# becomes parentheses when it breaks.
Level = Group | None
INSIDE = Group()


def soft(level: Level, flat: str = " ") -> Doc:
    """Make a break that is one only where the level allows it."""
    if level is None:
        return flat
    return Line(flat) if level is INSIDE else IfBroken(Line(flat), flat, level)


def spaced(level: Level) -> Doc:
    """Make a space that is only there where operators begin lines."""
    if level is None:
        return ""
    return IfBroken(" ") if level is INSIDE else IfBroken(" ", "", level)


def grouped(level: Level, doc: Doc) -> Doc:
    """Make a group where the level allows breaks."""
    if level is None:
        return doc
    return Group(doc) if level is INSIDE else Group(doc, level)


def brackets(left: str, doc: Doc, right: str, level: Level) -> Doc:
    """Make brackets with something in them.

    Args:
        left: the opening bracket.
        doc: the document between them.
        right: the closing bracket.
        level: where they stand.
    """
    body: Doc = Group((Indent((Line(), doc)), Line()))
    if level is not None and level is not INSIDE:
        body = Spill(body, level)
    return (left, body, right)


def parentheses(build: Callable[[Level], Doc], inside: bool = True) -> Group:
    """Make parentheses that appear where the group breaks.

    Args:
        build: makes the document between them, for its level.
        inside: whether it is broken like the inside of brackets; otherwise its own brackets may
            spill instead.
    """
    group = Group()
    group.doc = (
        IfBroken("("),
        Indent((Line(), build(INSIDE if inside else group)), group),
        Line(),
        IfBroken(")"),
    )
    return group


def joined(docs: Iterable[Doc], separator: Doc) -> Doc:
    """Put a separator between documents."""
    parts: list[Doc] = []
    for doc in docs:
        parts += [separator, doc] if parts else [doc]
    return tuple(parts)


def commas(docs: Sequence[Doc], always: bool = False) -> Doc:
    """Put commas between documents, and one at the end where they go below each other.

    Args:
        docs: the documents.
        always: whether a single one gets that comma too.
    """
    trailing = IfBroken(",") if always or len(docs) > 1 else ""
    return (joined(docs, (",", Line(" "))), trailing)


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


def break_around_remarks(doc: Doc) -> bool:
    """Break every group around a comment, which ends its line; say whether there is one."""
    match doc:
        case Remark():
            return True
        case tuple():
            return any([break_around_remarks(part) for part in doc])
        case IfBroken(broken, flat):
            return any([break_around_remarks(broken), break_around_remarks(flat)])
        case Choice(variants):
            return any([break_around_remarks(variant) for variant in variants])
        case Group(inner):
            found = break_around_remarks(inner)
            doc.broken = doc.broken or found
            return found
        case Indent(inner):
            return break_around_remarks(inner)
        case Spill(inner):
            break_around_remarks(inner)  # the text around it may stay on one line
    return False


# --- the printer ---


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
