"""Writes what docs say of the policy from its schema; `--check` only compares."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ml_repo_review.policy.schema import SCHEMA, known_keys

DOCS = Path(__file__).resolve().parents[1] / "docs"
BEGIN, END = "<!-- keys, from the schema -->", "<!-- end -->"


def keys() -> str:
    """List every key with its reason, as a table."""
    rows = ["| key | what, and why |", "| --- | --- |"]
    for key, description in known_keys().items():
        if key.startswith("answers.") and key.count(".") == 2 and key.endswith(_RULES):
            continue  # the same for each question, described once
        rows.append(f"| `{key}` | {description} |")
    rows += [
        f"| `answers.<question>.{name}` | {inner['description']} |"
        for name, inner in SCHEMA["$defs"]["answer"]["properties"].items()
    ]
    return "\n".join(rows)


_RULES = (".is", ".one_of", ".matches")


def written() -> dict[Path, str]:
    """Give the text of each document as it has to be."""
    page = DOCS / "policy.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    return {page: f"{before}{BEGIN}\n\n{keys()}\n\n{END}{after}"}


def main() -> int:
    """Write or compare; give the exit code."""
    stale = [
        path
        for path, text in written().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.name} is not what the schema says; `python scripts/policy_docs.py`")
        return bool(stale)
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(written()[path], encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
