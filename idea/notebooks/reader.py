"""Reads a notebook, or a script with `# %%` cells, without running it."""

import html
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from idea.notebooks.cell_order import reading_order
from idea.notebooks.magics import is_python2, plain_python

_MOST_LINES = 20_000  # of code: to read so many takes half a minute


class BadNotebook(ValueError):
    """The file can't be read as a notebook; the message is one line: what, why, what to do."""


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook.

    `number` counts all cells, from 0. `code` is plain Python with as many lines as `source`; it is
    empty where nothing is Python. `outputs` are texts, without images and tracebacks. `heading` is
    the nearest one above.
    `caption` says what the cell is about: the first sentence of the text right above, or `heading`.
    """

    number: int
    kind: str
    source: str
    code: str = ""
    count: int | None = None
    outputs: tuple[str, ...] = ()
    heading: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Notebook:
    """A notebook as its author left it.

    `packages` are the requirements that its cells install. `set_aside` says what was not Python:
    the number of the cell, and one line.
    """

    path: Path
    language: str
    cells: tuple[Cell, ...]
    packages: tuple[str, ...] = ()
    set_aside: tuple[tuple[int, str], ...] = ()

    def in_order(self) -> tuple[Cell, ...]:
        """Give the code cells in the order to read them.

        That is the document's, unless the order in which they were last run uses fewer names before
        they are defined. Cells are run again and again, so the counts alone say little.
        """
        return self._ordered

    @cached_property
    def _ordered(self) -> tuple[Cell, ...]:
        document = [cell for cell in self.cells if cell.kind == "code"]
        order = reading_order([(cell.code, cell.count) for cell in document])
        return tuple(document[place] for place in order)


def read_notebook(path: Path) -> Notebook:
    """Read an .ipynb (of format 3 or 4) or a .py.

    Raises:
        BadNotebook: it can't be read, holds no Python, or more than anybody writes.
    """
    text = _text_of(path)
    if path.suffix.lower() == ".py":
        language, python2, cells = "python", False, list(_percent_cells(text))
    else:
        language, python2, cells = _json_cells(text, path)
    lines = sum(cell.source.count("\n") + 1 for cell in cells if cell.kind == "code")
    if lines > _MOST_LINES:
        raise BadNotebook(
            f"{path.name} has {lines} lines of code, and at most {_MOST_LINES} are read; give the "
            "notebook, or the part of it, that trains the model"
        )
    cells = _with_headings(cells)
    python2 = python2 or any(cell.kind == "code" and is_python2(cell.source) for cell in cells)
    packages: list[str] = []
    set_aside: list[tuple[int, str]] = []
    for number, cell in enumerate(cells):
        if cell.kind == "code":
            plain = plain_python(cell.source, python2)
            cells[number] = replace(cell, code=plain.code)
            packages += plain.packages
            set_aside += [(cell.number, note) for note in plain.set_aside]
    if not any(cell.code for cell in cells):
        raise BadNotebook(f"{path.name} holds no Python code; give a notebook that trains a model")
    return Notebook(path, language, tuple(cells), tuple(dict.fromkeys(packages)), tuple(set_aside))


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadNotebook(
            f"{path.name} is not UTF-8 (byte {error.start + 1}); save it as UTF-8"
        ) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadNotebook(
            f"{path} can't be read: {reason}; give a file that you may read"
        ) from None


# Of an .ipynb


def _json_cells(text: str, path: Path) -> tuple[str, bool, list[Cell]]:
    content = _json(text, path)
    raw = _raw_cells(content)
    if raw is None:
        raise BadNotebook(
            f"{path.name} is not a notebook: it is JSON, but has no cells; give the .ipynb that "
            "Jupyter saved"
        )
    metadata = content.get("metadata")
    language, python2 = _language(metadata if isinstance(metadata, dict) else {})
    if language != "python":
        raise BadNotebook(
            f"{path.name} is written in {_PROPER.get(language, language)}; "
            "only notebooks in Python can be read"
        )
    return language, python2, [_cell(number, cell) for number, cell in enumerate(raw)]


def _json(text: str, path: Path) -> Any:
    if not text.strip():
        raise BadNotebook(f"{path.name} is empty; give the .ipynb that Jupyter saved")
    try:
        return json.loads(text)
    except RecursionError:
        raise BadNotebook(
            f"{path.name} is nested too deeply for a notebook; save it again in Jupyter"
        ) from None
    except ValueError as error:
        raise BadNotebook(f"{path.name} is not a notebook: {_why_no_json(text, error)}") from None


def _why_no_json(text: str, error: ValueError) -> str:
    if text.lstrip().startswith("<"):
        return "it is a web page; download the raw file"
    if re.search(r"^(?:<{7}|>{7}) ", text, re.M):
        return "it holds a merge conflict; settle it first"
    at = getattr(error, "pos", 0)
    if text.lstrip().startswith("{") and (at >= len(text.rstrip()) - 1 or "Untermin" in str(error)):
        return "it ends too early; download or save it again"
    return f"it is not JSON ({error}); give the .ipynb that Jupyter saved, or a .py"


def _raw_cells(content: Any) -> list[dict[str, Any]] | None:
    if not isinstance(content, dict):
        return None
    sheets = content.get("worksheets")
    holders = [content, *sheets] if isinstance(sheets, list) else [content]
    lists = [holder.get("cells") for holder in holders if isinstance(holder, dict)]
    found = [cells for cells in lists if isinstance(cells, list)]
    if not found:
        return None
    return [cell if isinstance(cell, dict) else {} for cells in found for cell in cells]


_PROPER = {"r": "R", "julia": "Julia", "scala": "Scala", "javascript": "JavaScript", "sql": "SQL"}
_KERNELS = {"ir": "r", "irkernel": "r"}


def _language(metadata: dict[str, Any]) -> tuple[str, bool]:
    """Tell the language in lower case, and whether it is Python 2."""
    info, kernel = (
        found if isinstance(found := metadata.get(key), dict) else {}
        for key in ("language_info", "kernelspec")
    )
    kernel_name = str(kernel.get("name") or "").lower()
    named = str(info.get("name") or kernel.get("language") or kernel_name or "python").lower()
    language = _KERNELS.get(named, re.sub(r"[-\s]?[\d.]+$", "", named))
    if re.search(r"python|pyspark|conda|pyodide", language) or kernel_name.startswith("python"):
        language = "python"
    python2 = kernel_name == "python2" or str(info.get("version") or "").startswith("2.")
    return language, python2


def _cell(number: int, raw: dict[str, Any]) -> Cell:
    kind = raw.get("cell_type")
    if kind == "code":
        source = _text(raw.get("source", raw.get("input")))
        count = raw.get("execution_count", raw.get("prompt_number"))
        return Cell(
            number,
            "code",
            source,
            count=count if isinstance(count, int) else None,
            outputs=tuple(filter(None, map(_output, _dicts(raw.get("outputs"))))),
        )
    source = _text(raw.get("source"))
    if kind == "heading":
        level = raw.get("level")
        source = f"{'#' * (level if isinstance(level, int) else 1)} {source}"
    return Cell(number, "raw" if kind == "raw" else "markdown", source)


def _text(value: Any) -> str:
    """Join what a notebook keeps as a string or as a list of lines."""
    text = "".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    yield from (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_IMAGES = ("image/", "png", "jpeg", "svg")


def _output(raw: dict[str, Any]) -> str:
    """Give the text of an output; empty for images and tracebacks."""
    if raw.get("output_type") in ("error", "pyerr"):
        return ""
    data = raw.get("data")
    shown = data if isinstance(data, dict) else raw  # format 3 keeps it in the output itself
    if any(key.startswith(_IMAGES) for key in shown):
        return ""
    return _ANSI.sub("", _text(shown.get("text/plain", shown.get("text"))))


# Of a .py

_MARK = re.compile(r"#\s?%%+(?:$|\s+(?P<rest>.*))|#\s*In\s?\[(?P<count>[\d ]*)\]:\s*")
_KIND = re.compile(r"\[(\w+)\]")
_OPTIONS = re.compile(r"""\w+\s*=\s*(?:"[^"]*"|'[^']*'|\[[^\]]*\]|\S+)|\{.*\}""")
_COMMENTED_MAGIC = re.compile(r"^# (?=[%!]\w|%%\w)", re.M)  # as jupytext writes them


def _percent_cells(text: str) -> Iterator[Cell]:
    lines = text.replace("\r\n", "\n").split("\n")
    marks = [(at, mark) for at, line in enumerate(lines) if (mark := _MARK.fullmatch(line.strip()))]
    if not marks:
        yield Cell(0, "code", text)
        return
    number = 0
    if any(line.strip() for line in lines[: marks[0][0]]):
        yield Cell(number, "code", "\n".join(lines[: marks[0][0]]))
        number += 1
    ends = [at for at, _ in marks[1:]] + [len(lines)]
    for (at, mark), end in zip(marks, ends, strict=True):
        rest = mark["rest"] or ""
        kind = (_KIND.search(rest) or ["", "code"])[1].lower()
        body = "\n".join(lines[at + 1 : end]).strip("\n")
        if kind in ("markdown", "md", "raw"):
            yield Cell(number, "raw" if kind == "raw" else "markdown", _uncommented(body))
        else:
            title = _OPTIONS.sub("", _KIND.sub("", rest))
            body = _COMMENTED_MAGIC.sub("", body)
            count = (mark["count"] or "").strip()
            yield Cell(number, "code", body, count=int(count or 0) or None, heading=_plain(title))
        number += 1


def _uncommented(body: str) -> str:
    quoted = re.fullmatch(r'\s*[rR]?("""|\'\'\')(.*?)\1\s*', body, re.S)
    return quoted[2].strip("\n") if quoted else re.sub(r"(?m)^#[ ]?", "", body)


# Headings

_HEADING = re.compile(
    r"^[ ]{0,3}\#{1,6}(?!\#)[ \t]*(?P<sharp>\S.*)$"
    r"|^(?P<line>\S.*)\n[ ]{0,3}(?:={3,}|-{3,})[ \t]*$"
    r"|<h[1-6][^>]*>(?P<tag>.+?)</h[1-6]>",
    re.M | re.I,
)
_FENCE = re.compile(r"^(```|~~~).*?(?:^\1|\Z)", re.M | re.S)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_EMPHASIS = re.compile(r"[*`~$]+|(?<!\w)_+|_+(?!\w)|#+\s*$")
_NUMBERING = re.compile(
    r"^(?:\d{1,2}(?:\.\d{1,2})*[.):](?!\d)\s*|\d{1,2}(?:\.\d{1,2})+\s+|\d{1,2}\s*[-\u2013\u2014]\s+"
    r"|\d{1,2}\s+(?=[A-Z])|[IVX]{1,5}[.)]\s+|[A-Za-z][.)]\s+)"
)


def _with_headings(cells: list[Cell]) -> list[Cell]:
    done = []
    heading, caption = "", ""
    for cell in cells:
        if cell.kind == "markdown":
            found = [_plain(next(filter(None, m))) for m in _headings(cell.source)]
            new = next((text for text in reversed(found) if text), "")
            heading = new or heading
            caption = new or _first_sentence(cell.source) or caption
        own = cell.heading or heading
        done.append(replace(cell, heading=own, caption=cell.heading or caption or own))
        if cell.kind == "code" and cell.source.strip():
            caption = heading or caption  # a text is about the code below it
    return done


_ASIDE = re.compile(r"\s*(?:[-*_=]{3,}\s*$|\||!\[|<!--|\$\$|\\begin|https?://\S+\s*$)")
_BULLET = re.compile(r"\s*(?:[-*+>]|\d{1,2}[.)])\s+")
_SENTENCE = re.compile(r".+?[.!?\u3002](?=\s+[^a-z\s]|\s*$|(?<=\u3002))|.+", re.S)


def _first_sentence(markdown: str) -> str:
    """Take the first sentence of a text, without markup."""
    lines: list[str] = []
    for line in _FENCE.sub("", markdown).splitlines():
        item = _BULLET.match(line)
        if lines and (item or not line.strip()):
            break
        if line.strip() and not _ASIDE.match(line):
            lines.append(line[item.end() :] if item else line)
    found = _SENTENCE.match(_plain(" ".join(lines)))
    return found[0].strip() if found else ""


def _headings(markdown: str) -> list[tuple[str, str, str]]:
    return _HEADING.findall(_FENCE.sub("", markdown))


def _plain(heading: str) -> str:
    """Take markup, pictograms and numbering from a heading."""
    text = _LINK.sub(r"\1", _IMAGE.sub("", _TAG.sub("", heading)))
    text = _EMPHASIS.sub("", html.unescape(text))
    text = "".join(
        sign
        for sign in text.replace("\N{ZERO WIDTH JOINER}", "")
        if unicodedata.category(sign) not in ("So", "Sk", "Mn", "Me", "Cf", "Cc", "Cn", "Co")
        or unicodedata.combining(sign)
    )
    return _NUMBERING.sub("", " ".join(text.split())).strip(" :-\u2013\u2014")
