"""The policy's JSON schema, and as much of a validator as it needs.

`policy.schema.json` is for editors too. The generator runs where only cookiecutter is installed,
so it can't have a validator of the whole of JSON Schema.
"""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("policy.schema.json")
SCHEMA: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))

Place = tuple[str | int, ...]
Mistake = tuple[Place, str]
_TYPES: dict[str, Any] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}


def mistakes(value: Any, schema: Mapping[str, Any], place: Place = ()) -> Iterator[Mistake]:
    """Find where a value does not keep to a schema: the place, and what to write instead."""
    schema = _resolved(schema)
    kind: str = schema["type"]
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        yield place, f"{_short(value)} is not {_WORDS[kind]}{_example(schema)}"
    elif kind == "object":
        yield from _of_object(value, schema, place)
    elif kind == "array":
        if len(value) < schema.get("minItems", 0):
            yield place, f"it is empty; name at least one, or leave the key out{_example(schema)}"
        for number, each in enumerate(value):
            yield from mistakes(each, schema["items"], (*place, number))
    else:
        yield from _of_scalar(value, schema, place)


def known_keys() -> dict[str, str]:
    """Give each key of the schema, dotted, with its description."""
    return dict(_keys(SCHEMA, ""))


def _keys(schema: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    schema = _resolved(schema)
    if schema["type"] == "array":
        yield from _keys(schema["items"], f"{prefix}[]" if prefix else prefix)
        return
    for name, inner in schema.get("properties", {}).items():
        key = f"{prefix}.{name}" if prefix else name
        yield key, inner.get("description") or _resolved(inner).get("description", "")
        yield from _keys(inner, key)


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        own = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[-1]], **own}
    return schema


def _of_object(value: Any, schema: Mapping[str, Any], place: Place) -> Iterator[Mistake]:
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties", False)
    names = schema.get("propertyNames", {})
    for key, each in value.items():
        if key in properties:
            yield from mistakes(each, properties[key], (*place, key))
        elif others is False:
            near = difflib.get_close_matches(key, properties, 1, 0.5)
            known = f"did you mean {near[0]}?" if near else f"there are {', '.join(properties)}"
            yield (*place, key), f"there is no such key; {known}"
        elif "pattern" in names and not re.fullmatch(names["pattern"], key):
            yield (*place, key), f"{key!r} can't stand here; write {names['examples'][0]!r}"
        else:
            yield from mistakes(each, others, (*place, key))
    for key in schema.get("required", ()):
        if key not in value:
            yield place, f"it lacks {key}; {_resolved(properties[key])['description'].lower()}"


def _of_scalar(value: Any, schema: Mapping[str, Any], place: Place) -> Iterator[Mistake]:
    if "enum" in schema and value not in schema["enum"]:
        yield place, f"{_short(value)} is none of {', '.join(map(str, schema['enum']))}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield place, f"{_short(value)} can't stand here{_example(schema)}"
    if "minimum" in schema and value < schema["minimum"]:
        yield place, f"{value} is below {schema['minimum']}{_example(schema)}"
    if "maximum" in schema and value > schema["maximum"]:
        yield place, f"{value} is above {schema['maximum']}{_example(schema)}"


def _short(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _example(schema: Mapping[str, Any]) -> str:
    examples = schema.get("examples")
    return f"; write, for example, {json.dumps(examples[0])}" if examples else ""
