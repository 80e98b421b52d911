"""Composes a repo's `conf/` into the text of `params.yaml`, as DVC does through Hydra.

The generator runs where there is no Hydra, so the part of it that rendered repos use at birth is
written here again: the defaults list of `config.yaml`, one file a group, and interpolations that
name another value. A test holds the result against Hydra's own, byte for byte.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_REFERENCE = re.compile(r"\$\{([A-Za-z_][\w.]*)\}")

# OmegaConf reads 1e-3 as a number and 2024-01-01 as text; PyYAML does neither.
_FLOAT = re.compile(
    r"""[-+]?[0-9]+(?:_[0-9]+)*\.[0-9_]*(?:[eE][-+]?[0-9]+)?
       |[-+]?[0-9]+(?:_[0-9]+)*[eE][-+]?[0-9]+
       |\.[0-9]+(?:_[0-9]+)*(?:[eE][-+][0-9]+)?
       |[-+]?\.(?:inf|Inf|INF)
       |\.(?:nan|NaN|NAN)""",
    re.VERBOSE,
)
_YAML_BOOL = frozenset(
    word
    for lower in ("y", "yes", "n", "no", "true", "false", "on", "off")
    for word in (lower, lower.capitalize(), lower.upper())
)


class BadConfig(ValueError):
    """The configuration uses what only Hydra itself can compose; the message says what."""


def compose(conf: Path) -> dict[str, Any]:
    """Compose the default configuration of a folder, with all references resolved.

    Raises:
        BadConfig: a defaults list or a reference that is not understood here.
        OSError: a file that the defaults list names is missing.
    """
    primary = _load(conf / "config.yaml")
    defaults = primary.pop("defaults", ["_self_"])
    if "_self_" not in defaults:
        raise BadConfig("config.yaml: name _self_ in the defaults list, so that the order is plain")
    composed: dict[str, Any] = {}
    for entry in defaults:
        if entry == "_self_":
            _merge(composed, primary)
        else:
            _merge(composed, _group(conf, entry))
    composed.pop("hydra", None)
    resolved: dict[str, Any] = _resolve(composed, composed)
    return resolved


def dump(config: Mapping[str, Any]) -> str:
    """Write a configuration as OmegaConf's `to_yaml` does."""
    return yaml.dump(
        dict(config), Dumper=_Dumper, default_flow_style=False, allow_unicode=True, sort_keys=False
    )


def _load(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    if re.search(r"^#\s*@package", text, re.MULTILINE):
        raise BadConfig(f"{path}: an @package line is not understood here")
    try:
        loaded = yaml.load(text, Loader=_Loader) or {}  # noqa: S506 - it is a SafeLoader
    except yaml.YAMLError as error:
        raise BadConfig(f"{path}: it is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(loaded, dict):
        raise BadConfig(f"{path}: it holds no mapping")
    return loaded


def _group(conf: Path, entry: Any) -> dict[str, Any]:
    """Load a group's choice, below the group's name: `model: forest` is conf/model/forest.yaml."""
    if not isinstance(entry, dict) or len(entry) != 1:
        raise BadConfig(f"defaults: {entry!r} is not understood here")
    group, choice = next(iter(entry.items()))
    if choice is None:
        return {}
    if " " in group or not isinstance(choice, str):
        raise BadConfig(f"defaults: {entry!r} is not understood here")
    content = _load(conf / group / f"{choice}.yaml")
    if "defaults" in content:
        raise BadConfig(f"{group}/{choice}.yaml: a defaults list in a group is not understood here")
    for part in reversed(group.split("/")):
        content = {part: content}
    return content


def _merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _resolve(node: Any, root: Mapping[str, Any]) -> Any:
    if isinstance(node, dict):
        return {key: _resolve(value, root) for key, value in node.items()}
    if isinstance(node, list):
        return [_resolve(value, root) for value in node]
    if not isinstance(node, str) or "${" not in node:
        return node
    if whole := _REFERENCE.fullmatch(node):
        return _look_up(whole[1], root)
    text = _REFERENCE.sub(lambda found: str(_look_up(found[1], root)), node)
    if "${" in text:
        raise BadConfig(f"{node!r} is not understood here")
    return text


def _look_up(path: str, root: Mapping[str, Any]) -> Any:
    value: Any = root
    for part in path.split("."):
        if not isinstance(value, dict) or part not in value:
            raise BadConfig(f"${{{path}}} names nothing")
        value = value[part]
    try:
        return _resolve(value, root)
    except RecursionError:
        raise BadConfig(f"${{{path}}} leads back to itself") from None


class _Loader(yaml.SafeLoader):
    """SafeLoader with OmegaConf's idea of what is a number."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(rf"^(?:{_FLOAT.pattern})$", re.VERBOSE),
    list("-+0123456789."),
)


class _Dumper(yaml.Dumper):
    """Dumper that quotes text which would be read back as a bool or a number."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value that is referred to twice two times."""
        return True


def _text(dumper: yaml.Dumper, text: str) -> yaml.ScalarNode:
    quote = text in _YAML_BOOL or _is_number(text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if quote else None)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


_Dumper.add_representer(str, _text)
