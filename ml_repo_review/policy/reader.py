"""Reads a policy: YAML with its lines, held to the schema, refused in one line a mistake."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from ml_repo_review.policy.schema import SCHEMA, known_keys, mistakes
from ml_repo_review.safe_yaml import BadText, compose, load

# Keys whose own keys are anyone's names.
_NAMED = ("reviews.owners", "gate.minimum", "docs.card", "levels")
# `make policy-update` and the generator write these two above a copy of the policy.
SOURCE, HASH = "# Source: ", "# SHA-256: "


class BadPolicy(ValueError):
    """A policy can't be used: one line for each mistake, with its place."""

    def __init__(self, lines: list[str]) -> None:
        """Take the lines."""
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True)
class Policy:
    """An organisation's policy.

    Attributes:
        content: as the schema describes it; every key may be missing.
        source: the path or address that it came from.
        digest: SHA-256 of its text, without the two lines above a copy.
        recorded: the SHA-256 that a copy names; empty for an original.
    """

    content: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    digest: str = ""
    recorded: str = ""

    def get(self, key: str, default: Any = None) -> Any:
        """Give what stands at a dotted key, such as `gate.slice_gap`."""
        value: Any = self.content
        for name in key.split("."):
            if not isinstance(value, Mapping) or name not in value:
                return default
            value = value[name]
        return value

    def because(self, key: str) -> str:
        """Name a key with the policy's reason for it, or for the nearest key above."""
        reasons = self.content.get("reasons", {})
        names = key.split(".")
        for length in range(len(names), 0, -1):
            if reason := reasons.get(".".join(names[:length])):
                return f"policy: {key}, because {reason}"
        return f"policy: {key}"


def read(path: Path) -> Policy:
    """Read a policy's file.

    Raises:
        BadPolicy: it is missing, no text, or does not keep to the schema.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BadPolicy([f"{path}: it can't be read, {(reason or str(error)).lower()}"]) from None
    return parse(text, path.name, str(path))


def parse(text: str, name: str = "policy.yaml", source: str = "") -> Policy:
    """Read a policy's text.

    Args:
        text: YAML, with or without the two lines of a copy.
        name: of its file, for messages.
        source: where it came from, unless the text says so.

    Raises:
        BadPolicy: it does not keep to the schema.
    """
    header, body = _parted(text)
    try:
        node = compose(text)
        content = load(text)
    except BadText as error:
        raise BadPolicy([f"{name}: {error}"]) from None
    if content is None:
        content = {}
    content = _plain(content)
    lines = dict(_lines(node)) if node else {}
    found = [*mistakes(content, SCHEMA)]
    found += [*_contradictions(content)] if not found else []
    found += [(path, "it stands twice; keep one") for path in _twice(node)]
    if found:
        ordered = sorted(found, key=lambda one: _line_of(one[0], lines))
        raise BadPolicy([f"{name}:{_line_of(p, lines)}: {_shown(p)}{why}" for p, why in ordered])
    digest = hashlib.sha256(body.encode()).hexdigest()
    return Policy(content, header.get(SOURCE, source), digest, header.get(HASH, ""))


def copy_of(text: str, source: str) -> str:
    """Write a policy as a repository keeps it: with its source and its hash above."""
    _, body = _parted(text)
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f"{SOURCE}{source}\n{HASH}{digest}\n{body}"


def _parted(text: str) -> tuple[dict[str, str], str]:
    """Part the lines above a copy from the policy itself."""
    header: dict[str, str] = {}
    body = text.replace("\r\n", "\n")
    for word in (SOURCE, HASH):
        if body.startswith(word):
            line, _, body = body.partition("\n")
            header[word] = line.removeprefix(word).strip()
    return header, body.rstrip("\n") + "\n" if body.strip() else ""


def _plain(value: Any) -> Any:
    """Give all keys as texts, as JSON has them."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


Path_ = tuple[str | int, ...]


def _lines(node: yaml.Node, path: Path_ = ()) -> Iterator[tuple[Path_, int]]:
    """Pair the path of each value with its line."""
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value))
            yield from _lines(value, inner)
            yield inner, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _lines(value, (*path, number))


def _twice(node: yaml.Node | None, path: Path_ = ()) -> Iterator[Path_]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            inner = (*path, str(key.value))
            if key.value in seen:
                yield inner
            seen.add(key.value)
            yield from _twice(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _twice(value, (*path, number))


def _line_of(path: Path_, lines: Mapping[Path_, int]) -> int:
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _shown(path: Path_) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(
        "."
    ) + (": " if path else "")


def _contradictions(content: Mapping[str, Any]) -> Iterator[tuple[Path_, str]]:
    """Find what no schema sees: patterns that are none, keys that there are not, and clashes."""
    for path, text in _patterns(content):
        try:
            re.compile(text)
        except re.error as error:
            yield path, f"{text!r} is no regular expression ({error}); correct it"
    known = known_keys()
    for key in content.get("reasons", {}):
        owner = key.rpartition(".")[0]
        if key not in known and owner not in _NAMED:
            yield ("reasons", key), "there is no such key; name one of this schema, with dots"
    parts = content.get("answers", {}).get("parts", {})
    for name in sorted(set(parts.get("required", ())) & set(parts.get("forbidden", ()))):
        yield ("answers", "parts"), f"{name!r} is required and forbidden; keep one"
    models = content.get("models", {})
    for name in sorted(set(models.get("allowed", ())) & set(models.get("forbidden", ()))):
        yield ("models",), f"{name!r} is allowed and forbidden; keep one"
    python = content.get("answers", {}).get("python", {})
    least, most = python.get("at_least"), python.get("at_most")
    if least and most and _version(least) > _version(most):
        yield ("answers", "python"), f"at_least {least} is above at_most {most}; swap them"
    for number, waiver in enumerate(content.get("waivers", ())):
        try:
            date.fromisoformat(waiver["until"])
        except ValueError:
            day = waiver["until"]
            yield ("waivers", number, "until"), f"{day!r} is no date; write one as 2027-01-31"


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _patterns(content: Mapping[str, Any]) -> Iterator[tuple[Path_, str]]:
    for question, rule in content.get("answers", {}).items():
        if "matches" in rule:
            yield ("answers", question, "matches"), rule["matches"]
    personal = content.get("data", {}).get("personal", {})
    for kind in ("names", "values"):
        for number, pattern in enumerate(personal.get(kind, ())):
            yield ("data", "personal", kind, number), pattern
