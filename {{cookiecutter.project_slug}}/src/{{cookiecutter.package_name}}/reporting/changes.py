"""Metrics, parameters and data beside those of another commit: `make changes SINCE=main`.

It needs no data, only what Git records. Prints Markdown, and leaves it in reports/changes.md.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ..packing.candidate import data_hash
from ..tools.errors import Refusal
from ..tools.files import write_text
from ..tools.git import git
from ..tools.markdown import number, plain, span, table
from ..tools.paths import PARAMS, REPORTS

METRICS, EVALUATION = REPORTS / "metrics.json", REPORTS / "evaluation.json"
NONE = "-"


def changes(since: str) -> str:
    """Compare with another commit, as Markdown.

    Args:
        since: a commit, a branch or a tag.

    Raises:
        Refusal: if Git knows no such commit.
    """
    try:
        commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", since + "^{commit}")
    except Refusal:
        raise Refusal(
            f"Git knows no commit {since!r}; name another in SINCE=…, or `git fetch` it"
        ) from None
    title = f"## What changes since {plain(since)} ({commit[:7]})"
    return "\n\n".join([title, _metrics(commit), _params(commit), _data(commit)]) + "\n"


def _metrics(commit: str) -> str:
    before, now = (json.loads(text or "{}") for text in _both(commit, METRICS))
    if not now:
        return "Metrics: none here yet; `make pipeline` leaves them."
    if before == now:
        return "Metrics: no change."
    text = EVALUATION.read_text(encoding="utf-8") if EVALUATION.exists() else "{}"
    spans = json.loads(text).get("intervals", {})
    rows = []
    for name, value in now.items():
        old = before.get(name)
        difference = NONE if old is None else f"{value - old:+.4f}"
        rows.append([name, number(old), number(value), span(spans.get(name)), difference])
    found = table(["metric", "before", "now", "interval of now", "difference"], rows)
    return found if before else f"There were no metrics yet at that commit.\n\n{found}"


def _params(commit: str) -> str:
    before, now = (dict(_flat(yaml.safe_load(text or "{}"))) for text in _both(commit, PARAMS))
    names = [name for name in {**now, **before} if before.get(name, NONE) != now.get(name, NONE)]
    if not names:
        return "Parameters: no change."
    rows = [[name, before.get(name, NONE), now.get(name, NONE)] for name in names]
    return table(["parameter", "before", "now"], rows)


def _data(commit: str) -> str:
    path = Path(yaml.safe_load(PARAMS.read_text(encoding="utf-8"))["data"]["path"])
    pointer = _at(commit, path.with_name(f"{path.name}.dvc"))
    before = yaml.safe_load(pointer)["outs"][0]["md5"] if pointer else None
    now = data_hash(path)
    if before == now:
        return "Data: no change."
    return table(["data", "before", "now"], [[path, before or NONE, now or NONE]])


def _flat(tree: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            yield from _flat(value, f"{name}.{key}" if name else str(key))
    else:
        yield name, tree


def _both(commit: str, path: Path) -> tuple[str | None, str | None]:
    here = path.read_text(encoding="utf-8") if path.exists() else None
    return _at(commit, path), here


def _at(commit: str, path: Path) -> str | None:
    """A file's text at a commit, if it is there."""
    name = path.as_posix()
    return git("show", f"{commit}:{name}") if git("ls-tree", commit, "--", name) else None


def main(arguments: list[str]) -> int:
    """Print and leave what differs from the commit that the first argument names."""
    try:
        text = changes(arguments[0] if arguments else "main")
    except Refusal as refusal:
        print(f"Refused: {refusal}", file=sys.stderr)
        return 1
    print(text, end="")
    write_text(REPORTS / "changes.md", text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
