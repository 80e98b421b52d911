"""The reader of a policy: every key, a mistake in every key, and texts of strangers."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ml_repo_review.policy import SCHEMA, BadPolicy, Policy, parse
from ml_repo_review.policy.reader import copy_of
from ml_repo_review.policy.schema import known_keys

jsonschema = pytest.importorskip("jsonschema")


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference."""
    if "$ref" not in schema:
        return schema
    return {**SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[-1]], **schema}


def good(schema: dict[str, Any]) -> Any:
    """Make a value of a schema's examples, with every key."""
    schema = resolved(schema)
    if schema["type"] == "object" and "properties" in schema:
        return {name: good(inner) for name, inner in schema["properties"].items()}
    if schema["type"] == "array" and "examples" not in schema:
        return [good(schema["items"])]
    return schema["examples"][0]


WHOLE = good(SCHEMA)
WHOLE["answers"] |= {"github_owner": {"is": "acme"}}


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Give the path of each value within."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in pairs:
        yield (*path, key)
        if isinstance(each, dict | list):
            yield from places(each, (*path, key))


def with_value(path: tuple[str | int, ...], value: Any) -> Any:
    """Give the whole policy with another value at a place."""
    content = json.loads(json.dumps(WHOLE))
    at = content
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return content


PLACES = list(places(WHOLE))


def test_a_policy_of_every_key_is_read() -> None:
    policy = parse(yaml.safe_dump(WHOLE))
    assert policy.content == WHOLE
    assert not list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(WHOLE))
    keys = {".".join(str(part) for part in path if isinstance(part, str)) for path in PLACES}
    missing = {key.replace("[]", "") for key in known_keys()} - keys
    # Of the answers one stands for all.
    assert {key for key in missing if not key.endswith((".is", ".one_of", ".matches"))} == set()


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)))
def test_a_mistake_in_every_key_is_one_line_with_its_place(path: tuple[str | int, ...]) -> None:
    content = with_value(path, None)
    with pytest.raises(BadPolicy) as refusal:
        parse(yaml.safe_dump(content, sort_keys=False))
    (line,) = refusal.value.lines
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)[1:]
    assert f": {shown}: nothing is not " in line
    assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(content))


def closed() -> Iterator[tuple[str | int, ...]]:
    """Give the places that take no other keys."""
    yield ()
    for path in PLACES:
        at: Any = WHOLE
        for key in path:
            at = at[key]
        if isinstance(at, dict) and path[-1] not in (
            "owners",
            "minimum",
            "card",
            "levels",
            "reasons",
        ):
            yield path


@pytest.mark.parametrize("path", [*closed()], ids=lambda path: ".".join(map(str, path)) or "top")
def test_a_key_that_there_is_not_is_refused(path: tuple[str | int, ...]) -> None:
    content = with_value((*path, "nonsense"), 1)
    with pytest.raises(BadPolicy, match="nonsense: there is no such key"):
        parse(yaml.safe_dump(content))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("answers:\n  python: {at_least: '3.13', at_most: '3.11'}", ":2: answers.python: at_least"),
        ("answers: {parts: {required: [a], forbidden: [a]}}", "'a' is required and forbidden"),
        ("models: {allowed: [a.B], forbidden: [a.B]}", "'a.B' is allowed and forbidden"),
        ("answers: {license: {matches: '('}}", "answers.license.matches: '(' is no regular"),
        ("data: {personal: {names: ['[']}}", "data.personal.names[0]: '[' is no regular"),
        ("data: {personal: {values: [x, '*']}}", "data.personal.values[1]: '*' is no regular"),
        ("reasons: {gate.minimun: x}", "reasons.gate.minimun: there is no such key"),
        ("levels: {ML901: error}", "levels.ML901: 'ML901' can't stand here; write 'ML104'"),
        ("levels: {ML101: fatal}", "levels.ML101: 'fatal' is none of error, warning, off"),
        ("gate: {}\ngate: {}", ":2: gate: it stands twice"),
        ("gate: {slice_gap: -1}", "gate.slice_gap: -1 is below 0"),
        ("gate: {calibration: 2}", "gate.calibration: 2 is above 1"),
        ("reviews: {approvals: true}", "reviews.approvals: True is not a whole number"),
        ("models: {allowed: []}", "models.allowed: it is empty"),
        ("- a", ":1: ['a'] is not a mapping"),
        ("docs: {card: {huge: [a]}}", "docs.card.huge: 'huge' can't stand here; write 'high'"),
        ("index: {url: ftp://x}", "index.url: 'ftp://x' can't stand here"),
        ("waivers: [{repository: a, rule: ML101, by: b, why: c}]", "waivers[0]: it lacks until"),
        (
            "waivers: [{repository: a, rule: ML101, by: b, why: c, until: 2027-02-30}]",
            "waivers[0].until: '2027-02-30' is no date",
        ),
        ("a: &a [x, x]\nb: &b [*a, *a]\n" * 60, "aliases"),
        ("x: " * 60 + "1", "line 1: "),
        ("[" * 90 + "]" * 90, "nested more than 50 levels deep"),
    ],
)
def test_what_no_policy_holds_is_refused(text: str, line: str) -> None:
    with pytest.raises(BadPolicy) as refusal:
        parse(text)
    assert any(line in one for one in refusal.value.lines), refusal.value.lines


def test_a_billion_laughs_are_a_line() -> None:
    rows = [
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]" for n in range(9)
    ]
    with pytest.raises(BadPolicy, match="YAML bomb"):
        parse("a: &a [x]\n" + "\n".join(rows))


def test_a_copy_knows_its_source_and_its_hash() -> None:
    text = copy_of("version: 2\n", "https://acme.com/policy.yaml")
    copy = parse(text)
    assert (copy.source, copy.get("version")) == ("https://acme.com/policy.yaml", 2)
    assert copy.recorded == copy.digest == parse("version: 2\n").digest
    assert copy_of(text, "elsewhere") == copy_of("version: 2\n", "elsewhere")
    edited = parse(text.replace("version: 2", "version: 3"))
    assert edited.recorded != edited.digest


def test_a_key_is_named_with_the_nearest_reason() -> None:
    policy = Policy({"reasons": {"gate": "of risk", "gate.minimum": "of law"}})
    assert policy.because("gate.minimum.r2") == "policy: gate.minimum.r2, because of law"
    assert policy.because("gate.slice_gap") == "policy: gate.slice_gap, because of risk"
    assert policy.because("data.samples") == "policy: data.samples"
    assert policy.get("gate.minimum") is None
