"""Documents: text with the places where a line may break (`printer` prints it).

What they add to Wadler's are ruff's own questions: groups that depend on other groups, parentheses
that appear only where they help, and comments, which wait for the end of their line.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

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
