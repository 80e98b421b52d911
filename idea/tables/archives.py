"""Takes a table out of the compressed file or archive that it lies in."""

import bz2
import gzip
import lzma
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from idea.knowledge.readers import ARCHIVES, SUFFIXES
from idea.tables.source import NoData

_MOST_BYTES = 2 << 30  # of a table, once it is unpacked
_CHUNK = 1 << 20
# Files that hold one compressed file.
_COMPRESSED: Mapping[str, Callable[[Path], Any]] = {
    ".gz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
}
_BROKEN = (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, RuntimeError)


def is_packed(path: Path) -> bool:
    """Tell by its name whether a file is compressed or an archive."""
    return _is_archive(path) or path.suffix.lower() in _COMPRESSED


def unpacked(path: Path, name: str = "") -> Path:
    """Give the table that lies in a compressed file or archive, as a file of its own.

    The file lasts as long as this process.

    Args:
        path: the compressed file or archive.
        name: of the table in an archive; empty if it holds one table only.

    Raises:
        NoData: there is no such table in it, or it can't be unpacked.
    """
    try:
        return _unpacked_once(path, name, path.stat().st_mtime_ns)
    except _BROKEN as error:
        raise NoData(f"{path.name} can't be unpacked ({error}); unpack it yourself") from None


def tables_in(path: Path) -> list[str]:
    """Name the files in an archive; none if it can't be read, or is no archive."""
    if not _is_archive(path):
        return []
    try:
        with _members(path) as (names, _):
            return list(names)
    except _BROKEN:
        return []


@lru_cache(maxsize=1)
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="tables-")


@lru_cache(maxsize=32)
def _unpacked_once(path: Path, name: str, _changed: int) -> Path:
    folder = Path(tempfile.mkdtemp(dir=_folder().name))
    if not _is_archive(path):
        target = folder / path.stem
        with _COMPRESSED[path.suffix.lower()](path) as packed:
            _copy(packed, target, path)
        return target
    with _members(path) as (names, open_member):
        member = _member(path, names, name)
        target = folder / PurePosixPath(member).name
        with open_member(member) as packed:
            _copy(packed, target, path)
    return target


def _member(path: Path, names: Sequence[str], wanted: str) -> str:
    """Choose a table among an archive's members.

    Args:
        path: the archive.
        names: of its files.
        wanted: the table's name; empty if it is the only one.
    """
    base = {name: PurePosixPath(name).name.lower() for name in names}
    if wanted:
        found = [name for name in names if base[name] == wanted.lower()]
    else:
        known = (*SUFFIXES, ".txt", ".data")
        found = [name for name in names if base[name].endswith(known)] or list(names)
    if len(found) != 1 and not (found and wanted):
        raise NoData(
            f"{path.name} holds {len(found)} tables; unpack it and name one with dataset=…"
        )
    return found[0]


@contextmanager
def _members(path: Path) -> Iterator[tuple[Sequence[str], Callable[[str], Any]]]:
    """Open an archive; give the names of its files, and what opens one of them."""
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if not n.endswith("/")]
            yield [n for n in names if not n.startswith("__MACOSX/")], archive.open
        return
    with tarfile.open(path) as tar:
        yield [one.name for one in tar if one.isfile()], tar.extractfile


def _copy(packed: BinaryIO, target: Path, path: Path) -> None:
    """Write what is unpacked, as far as it is of a reasonable size.

    Args:
        packed: what is read.
        target: the file to write.
        path: of the archive, for the message.
    """
    size = 0
    with target.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            size += len(chunk)
            if size > _MOST_BYTES:
                raise NoData(f"{path.name} holds a table of more than 2 GB; unpack it yourself")
            file.write(chunk)


def _is_archive(path: Path) -> bool:
    return path.name.lower().endswith(ARCHIVES)
