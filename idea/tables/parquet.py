"""The footer of a Parquet file: names, types, row count and statistics of its columns.

The footer is one Thrift struct in the compact protocol, so a small reader of that protocol is all
it takes: no dependency, and the size of the file does not matter.
https://parquet.apache.org/docs/file-format/ and
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAGIC = b"PAR1"

# Physical types, by their number in parquet.thrift.
_PHYSICAL = ("bool", "integer", "integer", "timestamp", "number", "number", "string", "string")
_LITTLE_ENDIAN = {0: "<?", 1: "<i", 2: "<q", 4: "<f", 5: "<d"}

# Logical types that change what a physical type means: `converted_type` and `LogicalType` numbers.
_CONVERTED = {
    **dict.fromkeys([5], "number"),  # decimal
    **dict.fromkeys([6, 7, 8, 9, 10, 21], "timestamp"),  # date, times, timestamps, interval
}
_LOGICAL = {
    **dict.fromkeys([5, 15], "number"),  # decimal, half-precision float
    **dict.fromkeys([6, 7, 8], "timestamp"),  # date, time, timestamp
    11: "nothing",  # a column of missing values only
}
_UNSIGNED = {11: 8, 12: 16, 13: 32, 14: 64}
_REPEATED = 2


class BadParquet(ValueError):
    """The file has no footer that can be read; the message says why."""


@dataclass(frozen=True)
class Column:
    """A top-level column.

    `kind` is bool, integer, number, string, timestamp, nested or nothing. `low` and `high` are the
    smallest and largest value over all row groups, None where the file does not say; `missing`
    is the number of missing values, None where the file does not say.
    """

    name: str
    kind: str
    low: Any = None
    high: Any = None
    missing: int | None = None


def read_footer(path: Path) -> tuple[list[Column], int]:
    """Read the columns, without those that pandas takes for the index, and the number of rows.

    Raises:
        BadParquet: it is not a Parquet file, or it is truncated or encrypted.
        OSError: the file can't be read.
    """
    with path.open("rb") as file:
        start = file.read(4)
        size = file.seek(0, 2)
        if start == b"PARE":
            raise BadParquet("its footer is encrypted")
        if start != MAGIC or size < 12:
            raise BadParquet("it does not start as Parquet does")
        file.seek(size - 8)
        length = int.from_bytes(file.read(4), "little")
        if file.read(4) != MAGIC or length > size - 12:
            raise BadParquet("its end is missing, as after a broken download")
        file.seek(size - 8 - length)
        footer = file.read(length)
    try:
        meta = _Compact(footer).struct()
        index = _index(meta)
        return [each for each in _columns(meta) if each.name not in index], int(meta[3])
    except (IndexError, KeyError, TypeError, struct.error, UnicodeDecodeError, RecursionError) as e:
        raise BadParquet("its footer is damaged") from e


def _index(meta: dict[int, Any]) -> set[str]:
    """Give the columns of which pandas makes the index, as it has written into the file."""
    told = {entry.get(1): entry.get(2) for entry in meta.get(5, [])}
    try:
        names = json.loads(told.get(b"pandas") or "{}").get("index_columns", [])
    except (ValueError, AttributeError):
        return set()
    return {name for name in names if isinstance(name, str)}


def _columns(meta: dict[int, Any]) -> list[Column]:
    chunks: dict[tuple[str, ...], list[dict[int, Any]]] = {}
    for group in meta.get(4, []):
        for chunk in group[1]:
            details = chunk[3]
            path = tuple(part.decode() for part in details[3])
            chunks.setdefault(path, []).append(details.get(12, {}))

    columns = []
    elements = iter(meta[2])
    for _ in range(next(elements).get(5, 0)):
        element = next(elements)
        name = element[4].decode()
        kind = _kind(element)
        if kind == "nested":
            _skip_children(elements, element.get(5, 0))
            columns.append(Column(name, kind))
        else:
            columns.append(Column(name, kind, **_summary(element, chunks.get((name,), []))))
    return columns


def _skip_children(elements: Any, count: int) -> None:
    """Move past a subtree: the schema is a tree, flattened depth first."""
    for _ in range(count):
        _skip_children(elements, next(elements).get(5, 0))


def _kind(element: dict[int, Any]) -> str:
    if element.get(5) or element.get(3) == _REPEATED:
        return "nested"
    for logical in element.get(10, {}):
        if logical in _LOGICAL:
            return _LOGICAL[logical]
    if element.get(6) in _CONVERTED:
        return _CONVERTED[element[6]]
    return _PHYSICAL[element[1]]


def _summary(element: dict[int, Any], statistics: list[dict[int, Any]]) -> dict[str, Any]:
    """Merge the statistics of the row groups; a group without them makes the answer unknown."""
    missing = [group.get(3) for group in statistics]
    found: dict[str, Any] = {"missing": sum(missing) if missing and None not in missing else None}
    # Fields 5 and 6 are max and min; 7 and 8 say whether they are exact or cut short.
    # A row group of missing values only has neither.
    known = [group for group in statistics if 5 in group and 6 in group]
    unknown = [group for group in statistics if group not in known and not group.get(3)]
    if not known or unknown or any(group.get(f) is False for group in known for f in (7, 8)):
        return found
    lows = [_value(element, group[6]) for group in known]
    highs = [_value(element, group[5]) for group in known]
    return found | {"low": min(lows), "high": max(highs)}


def _value(element: dict[int, Any], raw: bytes) -> Any:
    layout = _LITTLE_ENDIAN.get(element[1])
    if layout is None:
        return raw
    value = struct.unpack(layout, raw)[0]
    bits = _UNSIGNED.get(element.get(6, -1))
    return value % (1 << bits) if bits else value


class _Compact:
    """Reads Thrift's compact protocol into plain values; a struct is a dict by field number."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def struct(self) -> dict[int, Any]:
        fields: dict[int, Any] = {}
        number = 0
        while head := self.byte():
            step, kind = head >> 4, head & 15
            number = number + step if step else self.zigzag()
            # A bool field has its value in its type.
            fields[number] = kind == 1 if kind in (1, 2) else self.value(kind)
        return fields

    def value(self, kind: int) -> Any:
        if kind in (1, 2):
            return self.byte() == 1
        if kind == 3:
            return int.from_bytes(self.bytes(1), "little", signed=True)
        if kind in (4, 5, 6):
            return self.zigzag()
        if kind == 7:
            return struct.unpack("<d", self.bytes(8))[0]
        if kind == 8:
            return self.bytes(self.varint())
        if kind in (9, 10):
            head = self.byte()
            size = self.varint() if head >> 4 == 15 else head >> 4
            return [self.value(head & 15) for _ in range(size)]
        if kind == 11:
            size = self.varint()
            kinds = self.byte() if size else 0
            return [(self.value(kinds >> 4), self.value(kinds & 15)) for _ in range(size)]
        if kind == 12:
            return self.struct()
        raise KeyError(kind)

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def bytes(self, size: int) -> bytes:
        chunk = self.data[self.at : self.at + size]
        if len(chunk) < size:
            raise IndexError(size)
        self.at += size
        return chunk

    def varint(self) -> int:
        result = shift = 0
        while True:
            byte = self.byte()
            result |= (byte & 127) << shift
            if byte < 128:
                return result
            shift += 7

    def zigzag(self) -> int:
        number = self.varint()
        return (number >> 1) ^ -(number & 1)
