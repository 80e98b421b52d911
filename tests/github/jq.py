r"""As much of jq as workflows use with `gh --jq`: a path, `// other`, `"text \(…)"`."""

import json
import re
from typing import Any

_STEP = re.compile(r'\.?\[(?:(\d+)|"([^"]+)")?\]|\.([A-Za-z_]\w*)')


def results(query: str, value: Any) -> list[Any]:
    """Give what a query finds.

    Raises:
        ValueError: it is more than this understands.
    """
    query = query.strip()
    if query.startswith('"') and query.endswith('"'):
        filled = re.sub(
            r"\\\(((?:[^()\"]|\"[^\"]*\")*)\)", lambda m: _one(m[1], value), query[1:-1]
        )
        return [json.loads(f'"{filled}"')]
    path, other, fallback = (part.strip() for part in query.partition("//"))
    found = [one for one in _path(path, value) if not other or one not in (None, False)]
    if other and not found:
        return [] if fallback == "empty" else [json.loads(fallback)]
    return found


def shown(found: list[Any]) -> str:
    """Write results as gh does: a line each, text without quotes, null as nothing."""
    return "".join(f"{_text(one)}\n" for one in found)


def _one(query: str, value: Any) -> str:
    return json.dumps(_text(next(iter(results(query, value)), "")))[1:-1]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _path(path: str, value: Any) -> list[Any]:
    found = [value]
    if path == "length":
        return [len(value)]
    if path == ".":
        return found
    at = 0
    while at < len(path):
        step = _STEP.match(path, at)
        if not step:
            raise ValueError(f"the stand-in for --jq does not know: {path}")
        index, quoted, name = step.groups()
        if index:
            found = [one[int(index)] if one and len(one) > int(index) else None for one in found]
        elif key := quoted or name:
            found = [one.get(key) if one else None for one in found]
        else:
            found = [each for one in found for each in one]
        at = step.end()
    if not path:
        raise ValueError("the stand-in for --jq got nothing")
    return found
