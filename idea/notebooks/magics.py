"""Turns the source of a notebook's cell into plain Python 3, line by line."""

import re
import shlex
from dataclasses import dataclass, field

from idea.notebooks.python2 import PRINT_STATEMENT, python3
from idea.syntax import parse, parse_or_raise

_LONGEST_NOTE = 100
_MOST_DROPPED = 5

# Cell magics below which Python goes on; what any other one holds is for someone else.
_PYTHON_BELOW = frozenset("%%time %%timeit %%capture %%prun %%memit %%memory %%wandb".split())
# Line magics whose argument is a statement that the cell relies on.
_STATEMENT = re.compile(r"%(?:time|memit)\s+(?!-)(?P<statement>\S.*)")
_PYLAB = "import numpy as np; import matplotlib.pyplot as plt"

_NOT_PYTHON = re.compile(
    r"""[%!?]                                               # a magic, the shell, help
    | (?:pip3?|conda|mamba)\s+install\s                     # magics that need no sign
    | (?:cd|ls|mkdir|wget|curl|unzip)\s+[\w./~-]
    | [\w.*]+\?{1,2}\s*$                                    # help, asked behind the name
    | [\w.,\s]+=\s*(?:!|%\w)                                # what the shell or a magic gives
    | (?:[\w.,\s]+=\s*)?get_ipython\(\)""",
    re.X,
)
_INSTALL = re.compile(
    r"""\b(?:pip3?|conda|mamba)(?:['"],\s*['"]|\s+)install\s+(?P<arguments>[^|;&)]+)"""
)
_TAKE_A_VALUE = frozenset(
    "-r --requirement -c --constraint --channel -i --index-url --extra-index-url -f --find-links "
    "-t --target -e --editable -n --name -p --prefix --trusted-host --progress-bar".split()
)
_REQUIREMENT = re.compile(r"[A-Za-z0-9][\w.-]*(?:\[[\w,-]+\])?(?:\s*[=<>!~]=?\s*[\w.*,<>=!~]+)?")

# A string, a comment or a bracket: all that decides whether the next line begins a statement.
_PIECE = re.compile(
    r"""(?P<triple>'{3}|"{3})|"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|\#.*|(?P<open>[(\[{])|[)\]}]"""
)


@dataclass(frozen=True)
class Plain:
    """The Python code of a cell, with as many lines as the cell, and what was set aside."""

    code: str
    packages: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()


def is_python2(source: str) -> bool:
    """Tell whether a cell holds a print statement."""
    return bool(PRINT_STATEMENT.search(source)) and parse(_without_magics(source).code) is None


def plain_python(source: str, python2: bool = False) -> Plain:
    """Turn a cell's source into Python 3 that parses and has as many lines.

    Lines that are not Python are blanked (inside a block they are `pass`) and set aside. A cell
    that can't be made to parse is set aside as a whole: its code is empty.
    """
    plain = _without_magics(source)
    code = python3(plain.code) if python2 else plain.code
    code, dropped = _without_errors(code)
    if not code.strip():
        code = ""
    return Plain(code, plain.packages, plain.set_aside + dropped)


def requirements(text: str) -> tuple[str, ...]:
    """Give the packages that the pip or conda commands of a text install."""
    found: list[str] = []
    for command in _INSTALL.finditer(text):
        try:
            words = shlex.split(command["arguments"], comments=True)
        except ValueError:  # a quote is never closed
            words = command["arguments"].replace("'", " ").replace('"', " ").split()
        before = ""
        for word in words:
            if re.fullmatch(r"\d?>>?", word):
                break
            named = _REQUIREMENT.fullmatch(word) and word not in ("pip", "conda")
            if named and before not in _TAKE_A_VALUE:
                found.append(re.sub(r"(?<=[\w\]])=(?=\d)", "==", word))  # conda writes pandas=2
            before = word
    return tuple(dict.fromkeys(found))


@dataclass
class _Lines:
    """Finds the lines at which a statement may begin: in no string, bracket or continuation."""

    string: str = ""
    depth: int = 0
    continued: bool = False
    at_start: bool = field(default=True, init=False)

    def take(self, line: str) -> None:
        """Take a line of Python."""
        position = 0
        while position < len(line):
            if self.string:
                end = re.compile(rf"(?:\\.|(?!{self.string}).)*{self.string}").match(line, position)
                if end is None:
                    break
                position, self.string = end.end(), ""
                continue
            piece = _PIECE.search(line, position)
            if piece is None:
                break
            position = piece.end()
            if piece["triple"]:
                self.string = piece["triple"]
            elif piece["open"]:
                self.depth += 1
            elif piece[0] in ")]}":
                self.depth = max(0, self.depth - 1)
        self.continued = not self.string and line.endswith("\\")
        self.at_start = not (self.string or self.depth or self.continued)


def _without_magics(source: str) -> Plain:
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    if "get_ipython" not in source and parse(source) is not None:
        return Plain(source)
    lines = source.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    magic = lines[first].split()[0] if lines[first].startswith("%%") else ""
    if magic and magic not in _PYTHON_BELOW:
        shell = magic in ("%%bash", "%%sh", "%%script", "%%!", "%%cmd", "%%shell")
        return Plain("", requirements(source) if shell else (), (f"the cell: {lines[first]}",))
    notes = []
    packages: list[str] = []
    if magic:
        notes.append(_note(first, lines[first]))
        lines[first] = ""
    lines = _dedented(lines)
    state = _Lines()
    shell_goes_on = False
    for number, line in enumerate(lines):
        text = line.strip()
        if not shell_goes_on and not (state.at_start and _NOT_PYTHON.match(text)):
            state.take(line)
            continue
        indent = line[: len(line) - len(line.lstrip())]
        statement = None if shell_goes_on else _STATEMENT.fullmatch(text)
        if statement:
            lines[number] = indent + statement["statement"]
            state.take(lines[number])
            continue
        lines[number] = f"{indent}pass" if indent and not shell_goes_on else ""
        if not shell_goes_on and re.match(r"%pylab\b", text):
            lines[number] = indent + _PYLAB
            continue
        notes.append(_note(number, text))
        packages += requirements(text)
        shell_goes_on = text.endswith("\\")
    return Plain("\n".join(lines), tuple(dict.fromkeys(packages)), tuple(notes))


def _dedented(lines: list[str]) -> list[str]:
    """Take the first line's indentation from every line, as IPython does."""
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    indent = first[: len(first) - len(first.lstrip())]
    return [line.removeprefix(indent) for line in lines] if indent else lines


def _without_errors(code: str) -> tuple[str, tuple[str, ...]]:
    """Drop up to a few lines that keep the code from parsing; all of it if that is not enough."""
    lines = code.split("\n")
    notes: list[str] = []
    first_error = ""
    for _ in range(_MOST_DROPPED + 1):
        try:
            parse_or_raise("\n".join(lines))
            return "\n".join(lines), tuple(notes)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            why, number = _message(error), _offending(error, lines)
        first_error = first_error or why
        if number is None:
            break
        notes.append(_note(number, lines[number], why))
        indent = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
        lines[number] = f"{indent}pass" if indent and "unexpected" not in why else ""
    return "", (f"the cell: it is not Python ({first_error})",)


def _offending(error: Exception, lines: list[str]) -> int | None:
    if not isinstance(error, SyntaxError) or error.lineno is None:
        return None
    # A missing block is reported for the line behind it.
    head = re.search(r"expected an indented block after .* on line (\d+)", error.msg)
    number = int(head[1] if head else error.lineno) - 1
    if not 0 <= number < len(lines) or lines[number].strip() in ("", "pass"):
        return None
    return number


def _message(error: Exception) -> str:
    return error.msg if isinstance(error, SyntaxError) else str(error) or type(error).__name__


def _note(number: int, text: str, why: str = "") -> str:
    text = " ".join(text.split())
    short = text if len(text) <= _LONGEST_NOTE else f"{text[:_LONGEST_NOTE]}…"
    return f"line {number + 1}: {short}" + (f" ({why})" if why else "")
