"""The parts of a rendered repo: those an answer asks for, their needs and their files."""

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from idea.names import nearest_first

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "parts"
TABLE = FOLDER / "parts.yaml"


# Packages whose models the part `experiments` holds.
BOOSTERS = ("lightgbm", "xgboost")


class BadParts(ValueError):
    """The answer can't be used; the message says why, and what to type instead."""


@dataclass(frozen=True)
class Part:
    """A row of `parts.yaml`, which says what the fields mean."""

    name: str
    title: str
    default: bool = True
    needs: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    together: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """The parts that a repo gets, in the table's order, and what to say about them."""

    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


@cache
def parts() -> dict[str, Part]:
    """Return the table: parts by name, in the order in which their fragments are composed."""
    rows = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return {name: Part(name, **_frozen(row)) for name, row in rows.items()}


def _frozen(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(v) if isinstance(v, list) else v for key, v in row.items()}


def choose(answer: str, required: Mapping[str, str] | None = None) -> Choice:
    """Resolve an answer to parts.

    Args:
        answer: names of parts, `-name` for each to leave out, and the words `default`, `all` and
            `none`, separated by commas or blanks.
        required: parts that the repo can't do without, each with what needs it.

    Returns:
        The parts, with a note for each that another one added or took along.

    Raises:
        BadParts: a part is unknown, or is left out although something needs it.
    """
    start, added, refused = _read(answer)
    chosen = {name for name in start if not {name, *needs(name)} & refused}
    notes = [
        f"The part {name} is left out too: it needs {' and '.join(sorted(needs(name) & refused))}."
        for name in parts()
        if name in start - chosen - refused
    ]
    chosen |= added
    for name, reason in _needed(added, required or {}):
        if name in refused:
            raise BadParts(f"{name!r} is left out, but {reason} needs it; leave out both or none")
        if name not in chosen:
            notes.append(f"The part {name} is there too: {reason} needs it.")
        chosen.add(name)
    return Choice(tuple(name for name in parts() if name in chosen), tuple(notes))


def needs(name: str) -> set[str]:
    """Return the parts that a part needs, also indirectly."""
    found = set(parts()[name].needs)
    return found.union(*map(needs, found))


def choice_of(answers: Mapping[str, str]) -> Choice:
    """Resolve the answer `parts`, with what the repo's model needs.

    Raises:
        BadParts: the answer can't be used.
    """
    return choose(answers["parts"], dict(_required_by_model(answers)))


def _required_by_model(answers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if answers["__search"] not in ("", "none"):
        yield "experiments", "the notebook's search"
    if any(package.startswith(BOOSTERS) for package in answers["__packages"].split()):
        yield "experiments", "the notebook's model"


def _needed(added: Iterable[str], required: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Pair each part that is needed with what needs it."""
    yield from required.items()
    for name in [*sorted(added), *required]:
        for need in sorted(needs(name)):
            yield need, name


def _read(answer: str) -> tuple[set[str], set[str], set[str]]:
    """Read which parts an answer starts from, which it adds, and which it leaves out."""
    starts = {
        "default": {name for name, part in parts().items() if part.default},
        "all": set(parts()),
        "none": set[str](),
    }
    words = {word for word in re.split(r"[,\s]+", answer.casefold()) if word}
    minus = {word for word in words if word.startswith(("-", "no-"))}
    refused = {word.removeprefix("no").removeprefix("-") for word in minus}
    added = words - minus - starts.keys()
    for name in sorted(added | refused):
        if name not in parts():
            known = ", ".join(nearest_first(name, parts()))
            raise BadParts(f"{name!r} is no part; type default, all, none, or some of: {known}")
    if both := sorted(added & refused):
        raise BadParts(f"{both[0]!r} is asked for and left out; type it once")
    begin = words & starts.keys() or (set() if added else {"default"})
    return set[str]().union(*(starts[word] for word in begin)), added, refused


def owned(repo: Path, part: Part) -> Iterator[Path]:
    """Find the files and folders of a repo that belong to a part."""
    for pattern in part.paths:
        yield from repo.glob(pattern)


def prune(repo: Path, chosen: Iterable[str]) -> None:
    """Remove what belongs to the parts that a repo does not have.

    Args:
        repo: the rendered repo, with the files of all parts.
        chosen: names of the parts that stay.

    Raises:
        OSError: a file can't be removed.
    """
    here = set(chosen)
    kept = {path for name in here for path in owned(repo, parts()[name])}
    gone = {path for part in parts().values() for path in owned(repo, part)} - kept
    for name in here:
        for other, patterns in parts()[name].together.items():
            if other not in here:
                gone.update(path for pattern in patterns for path in repo.glob(pattern))
    for path in gone:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        _remove_if_empty(path.parent)


def _remove_if_empty(folder: Path) -> None:
    while not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
