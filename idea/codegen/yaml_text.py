"""YAML as a person writes it."""

from collections.abc import Mapping
from typing import Any

import yaml

_WIDTH = 80  # of a list on one line


def dumped(content: Mapping[str, Any]) -> str:
    """Write YAML as a person would: in order, short lists on one line."""
    return yaml.dump(
        _plain(content), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000
    )


class _Flow(list[Any]):
    """A list on one line."""


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(
    _Flow, lambda dumper, value: dumper.represent_sequence("tag:yaml.org,2002:seq", value, True)
)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [_plain(item) for item in value]
        simple = all(not isinstance(i, dict | list) for i in items)
        return _Flow(items) if simple and len(str(items)) < _WIDTH else items
    return value
