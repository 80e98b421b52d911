"""Reads a lab: `lab.yaml`, and the folders beside it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from course.mistakes import Mistake

LABS = Path(__file__).parent / "labs"
FOLDER = re.compile(r"(\d\d)_[a-z][a-z0-9_]*")
FUNCTION = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


@dataclass(frozen=True)
class Lab:
    """One lab of the course.

    Attributes:
        folder: that holds it: `NN_name`, with TASK.md, `public/`, `hidden/` and `mutants/`.
        minutes: that a team is expected to take.
        after: numbers of the labs that have to be done before it.
        parts: of the template that it needs.
        hints: shown one by one, from a nudge to nearly the answer.
        empty: names of functions (`Class.method`) whose bodies go, by a glob of their file.
        remove: globs of files and folders that the starter is without.
        common: lines of emptied bodies that may stand elsewhere, since they give nothing away.
        imports: modules that are imported once for all questions to a team's code.
        seconds: that one question to a team's code may take.
    """

    folder: Path
    title: str
    minutes: int
    points: int
    after: tuple[int, ...]
    parts: tuple[str, ...]
    hints: tuple[str, ...]
    empty: dict[str, tuple[str, ...]]
    remove: tuple[str, ...]
    common: tuple[str, ...]
    imports: tuple[str, ...]
    seconds: int

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def number(self) -> int:
        """By which people and other labs call it."""
        return int(self.name[:2])


def read_labs(folder: Path = LABS) -> list[Lab]:
    """Read every lab below a folder, in order.

    Raises:
        Mistake: there is none, one is not as it should be, or one comes after a later one.
    """
    if not folder.is_dir():
        raise Mistake(f"{folder} is no folder of labs")
    paths = sorted(path for path in folder.iterdir() if FOLDER.fullmatch(path.name))
    labs = [read_lab(path) for path in paths]
    if not labs:
        raise Mistake(f"{folder} holds no lab; a lab is a folder such as 08_gate with a lab.yaml")
    numbers = [lab.number for lab in labs]
    for lab in labs:
        if numbers.count(lab.number) > 1:
            raise Mistake(f"{lab.folder}: there are two labs {lab.number}")
        for other in lab.after:
            if other not in numbers or other >= lab.number:
                raise Mistake(
                    f"{lab.folder / 'lab.yaml'}: after names lab {other}, which is no lab before it"
                )
    return labs


def read_lab(folder: Path) -> Lab:
    """Read one lab.

    Raises:
        Mistake: with the file, the line, and what to write there.
    """
    path = folder / "lab.yaml"
    entries = _entries(path)
    for key, (_, line) in entries.items():
        if key not in KEYS:
            raise Mistake(f"{path}:{line}: there is no key {key!r}; keys are {', '.join(KEYS)}")
    values: dict[str, Any] = {}
    for key, (check, expected, default) in KEYS.items():
        if key not in entries:
            if default is None:
                raise Mistake(f"{path}: {key} is missing; write {expected}")
            values[key] = default
            continue
        value, line = entries[key]
        if not check(value):
            raise Mistake(f"{path}:{line}: {key} is {value!r}; write {expected}")
        values[key] = tuple(value) if isinstance(value, list) else value
    values["empty"] = {glob: tuple(names) for glob, names in values["empty"].items()}
    if not values["empty"] and not values["remove"]:
        raise Mistake(f"{path}: the lab leaves nothing to do; name functions in empty or remove")
    for need in ("TASK.md", "public", "hidden"):
        if not (folder / need).exists():
            raise Mistake(f"{folder} has no {need}")
    return Lab(folder, **values)


def _entries(path: Path) -> dict[str, tuple[Any, int]]:
    """Each key's value and the line that it begins on."""
    try:
        text = path.read_text(encoding="utf-8")
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            raise Mistake(f"{path}:1: a lab holds keys and values, such as `title: The gate`")
        entries = {}
        for key, value in root.value:
            name = loader.construct_object(key, deep=True)
            if name in entries:
                raise Mistake(f"{path}:{key.start_mark.line + 1}: {name} stands twice")
            content = loader.construct_object(value, deep=True)
            entries[name] = (content, key.start_mark.line + 1)
    except OSError:
        raise Mistake(f"{path} is not there") from None
    except UnicodeDecodeError:
        raise Mistake(f"{path} is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Mistake(f"{path}:{line}: this is no YAML: {error.problem}") from None
    return entries


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_counts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_count, value))


def _is_inside(glob: object) -> bool:
    return _is_text(glob) and not str(glob).startswith("/") and ".." not in str(glob).split("/")


def _is_globs(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_inside, value))


def _is_functions(value: object) -> bool:
    return isinstance(value, dict) and all(
        _is_inside(glob)
        and isinstance(names, list)
        and bool(names)
        and all(isinstance(name, str) and FUNCTION.fullmatch(name) for name in names)
        for glob, names in value.items()
    )


# What a key holds: its check, in words, and what it is by default; None: it has to be there.
KEYS: dict[str, tuple[Callable[[object], bool], str, Any]] = {
    "title": (_is_text, "a text", None),
    "minutes": (_is_count, "a number of minutes such as 90", None),
    "points": (_is_count, "a number of points such as 10", None),
    "after": (_is_counts, "a list of labs' numbers such as [4, 5]", ()),
    "parts": (_is_texts, "a list of the template's parts such as [service]", ()),
    "hints": (_is_texts, "a list of texts, the vaguest first", None),
    "empty": (_is_functions, "functions by file such as `src/*/a.py: [f, Class.method]`", {}),
    "remove": (_is_globs, "a list of paths below the repository such as [tests/a.py]", ()),
    "common": (_is_texts, "a list of whole lines of code", ()),
    "imports": (_is_texts, "a list of modules such as [pandas, scipy.stats]", ()),
    "seconds": (_is_count, "a number of seconds such as 20", 20),
}
