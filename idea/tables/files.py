"""Finds the file that a notebook reads, beside the notebook."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import unquote

from idea.knowledge.readers import ARCHIVES, SUFFIXES
from idea.tables.archives import is_packed, tables_in, unpacked
from idea.tables.pointers import why_no_table
from idea.tables.source import NoData, Source

_DEEPEST = 3  # levels of folders below the notebook's
_MOST_FILES = 5_000
_LONGEST = 6  # parts at the end of a path that are looked for


def as_file(source: Source, path: Path) -> Source:
    """Give the source for a file; if its format is not the notebook's, the options do not apply."""
    kind = SUFFIXES.get(path.suffix.lower(), source.format)
    if kind == source.format:
        return source
    options = {"sep": "\t"} if path.suffix.lower() == ".tsv" else {}
    return replace(source, format=kind, options=options)


def find_file(source: Source, notebook: Path) -> Path:
    """Find the file that a notebook reads: at its path, by its name nearby, or in an archive.

    Raises:
        NoData: it isn't there, can't be unpacked, or stands for a table that is elsewhere.
    """
    written = source.as_written
    folder = notebook.parent
    if "://" not in written:
        for base in (folder, folder.parent):
            direct = base / Path(written.replace("\\", "/"))
            if direct.is_file():
                return _plain(direct)
    parts = PureWindowsPath(unquote(written.partition("?")[0])).parts
    if (same := _at_end_of_path(parts, folder)) is not None:
        return _plain(same)
    name = parts[-1] if parts else ""
    archives = []
    for candidate in _nearby(folder):
        if candidate.name.lower() == name.lower():
            return _plain(candidate)
        if is_packed(candidate):
            archives.append(candidate)
    for archive in archives:
        if archive.stem.lower() == name.lower():
            return unpacked(archive)
        if name.lower() in (PurePosixPath(one).name.lower() for one in tables_in(archive)):
            return unpacked(archive, name)
    raise NoData(
        f"the notebook reads {written!r}, and there is no {name!r} beside it; "
        "type the path of the table"
    )


def _at_end_of_path(parts: Sequence[str], folder: Path) -> Path | None:
    """Find a file by the end of its path, or of its address in a copy of the same repository.

    Args:
        parts: of the path; ``data/homes.csv`` below a folder around the notebook is more certain
            to be meant than any ``homes.csv`` nearby.
        folder: the notebook's.
    """
    for first in range(max(1, len(parts) - _LONGEST), len(parts) - 1):
        end = Path(*parts[first:])
        for base in (folder, *folder.parents[:_DEEPEST]):
            if ".." not in end.parts and (base / end).is_file():
                return base / end
    return None


def find_archive(written: str, notebook: Path) -> Path | None:
    """Find an archive that a notebook opens, at its path or by its name nearby; None if none is."""
    place = PurePosixPath(written.replace("\\", "/"))
    if "://" in written or not place.name.lower().endswith(ARCHIVES):
        return None
    direct = notebook.parent / Path(place)
    if direct.is_file():
        return direct
    return next((one for one in _nearby(notebook.parent) if one.name == place.name), None)


def _plain(path: Path) -> Path:
    with suppress(OSError):
        if why := why_no_table(path):
            raise NoData(why)
    return unpacked(path) if is_packed(path) else path


def _nearby(folder: Path) -> Iterator[Path]:
    waiting = [
        (folder, 0),
        (folder.parent / "data", 1),
        (folder.parent / "input", 1),
        (folder.parent, _DEEPEST),
    ]
    seen = 0
    while waiting:
        place, depth = waiting.pop(0)
        try:
            entries = sorted(place.iterdir())
        except OSError:
            continue
        for entry in entries:
            seen += 1
            if seen > _MOST_FILES:
                return
            if entry.is_file():
                yield entry
            elif entry.is_dir() and depth < _DEEPEST and not entry.name.startswith("."):
                waiting.append((entry, depth + 1))
