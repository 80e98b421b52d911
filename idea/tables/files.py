"""Finds the file that a notebook reads, beside the notebook."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath

from idea.knowledge.readers import ARCHIVES, SUFFIXES
from idea.tables.archives import is_packed, tables_in, unpacked
from idea.tables.pointers import why_no_table
from idea.tables.source import NoData, Source

_DEEPEST = 3  # levels of folders below the notebook's
_MOST_FILES = 5_000


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
    name = PureWindowsPath(PurePosixPath(written.split("?")[0]).name).name
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
