"""YAML and JSON of strangers: bounded in size, depth and aliases, and never more than data."""

import json
from collections.abc import Iterator
from typing import Any

import yaml

BYTES = 1_000_000
DEPTH = 50
ALIASES = 100
NODES = 100_000
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BOMB = "it has more aliases than any file of its kind, as a YAML bomb has"


class _Loader(_Base):  # type: ignore[misc]
    """Safe, and dates stay texts: a month of 13 is the reader's to refuse, with its line."""


_Loader.yaml_implicit_resolvers = {
    sign: [(tag, pattern) for tag, pattern in pairs if not tag.endswith(":timestamp")]
    for sign, pairs in _Base.yaml_implicit_resolvers.items()
}


class BadText(ValueError):
    """A text that can't be read; the message says where and why, in one line."""


def load(text: str) -> Any:
    """Read one YAML document.

    Raises:
        BadText: it is no YAML, or too large, deep or entangled to be read.
    """
    documents = load_all(text)
    return documents[0] if documents else None


def load_all(text: str) -> list[Any]:
    """Read all documents of a YAML text.

    Raises:
        BadText: as `load`.
    """
    try:
        _check(text)
        return list(yaml.load_all(text, _Loader))
    except yaml.YAMLError as error:
        raise BadText(explained(error)) from None
    except (RecursionError, ValueError, OverflowError, TypeError) as error:
        raise BadText(str(error) or "it is nested too deeply") from None


def load_json(text: str) -> Any:
    """Read a JSON text.

    Raises:
        BadText: as `load`.
    """
    if len(text) > BYTES:
        raise BadText(f"it is longer than {BYTES:,} characters")
    try:
        return json.loads(text)
    except (RecursionError, ValueError) as error:
        raise BadText(str(error)) from None


def compose(text: str) -> yaml.Node | None:
    """Read a YAML text as nodes, which know their lines.

    Raises:
        BadText: as `load`.
    """
    try:
        _check(text)
        node: yaml.Node | None = yaml.compose(text, _Loader)
    except yaml.YAMLError as error:
        raise BadText(explained(error)) from None
    except (RecursionError, ValueError) as error:
        raise BadText(str(error)) from None
    return node


def explained(error: yaml.YAMLError) -> str:
    """Say in one line where a text is no YAML, and why."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"line {mark.line + 1}: {problem}" if mark else problem


def _check(text: str) -> None:
    """Count what a text holds before anything is built of it.

    Raises:
        BadText: it is too much.
    """
    if len(text) > BYTES:
        raise BadText(f"it is longer than {BYTES:,} characters")
    depth = aliases = 0
    for nodes, event in enumerate(_events(text)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        aliases += isinstance(event, yaml.AliasEvent)
        if aliases > ALIASES:
            raise BadText(_BOMB)
        if depth > DEPTH:
            raise BadText(f"it is nested more than {DEPTH} levels deep")
        if nodes > NODES:
            raise BadText(f"it has more than {NODES:,} values")
    if aliases and _unfolded(text) > NODES:
        raise BadText(_BOMB)


def _events(text: str) -> Iterator[Any]:
    yield from yaml.parse(text, _Loader)


def _unfolded(text: str) -> int:
    """Count the values that a text has once each alias is what it stands for."""
    sizes: dict[str, int] = {}
    open_ones: list[tuple[str | None, int]] = []
    total = 0
    for event in _events(text):
        if isinstance(event, yaml.CollectionStartEvent):
            open_ones.append((event.anchor, total))
            total += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_ones.pop()
            if anchor:
                sizes[anchor] = total - before
        elif isinstance(event, yaml.AliasEvent):
            total += sizes.get(event.anchor or "", 1)
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
    return total
