"""Writes what docs say of the policy from its schema; `--check` only compares."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ml_repo_review.policy.schema import SCHEMA, known_keys
from ml_repo_review.rule import FAMILIES, Rule
from ml_repo_review.rules import RULES

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
    pages = {DOCS / "rules" / f"{code}.md": page_of(rule) for code, rule in RULES.items()}
    return {
        page: f"{before}{BEGIN}\n\n{keys()}\n\n{END}{after}",
        DOCS / "rules" / "README.md": overview(),
        **pages,
    }


def overview() -> str:
    """List all rules by family."""
    lines = [
        "# Rules",
        "",
        "They look at the files of a repository, and import or run nothing of it. A code is never",
        "given to another rule. What goes by a key of the [policy](../policy.md) asks nothing",
        "without it.",
    ]
    for family, name in FAMILIES.items():
        lines += ["", f"## {family}: {name}", "", "| rule | what holds | key | level |"]
        lines.append("| --- | --- | --- | --- |")
        lines += [
            f"| [{code}]({code}.md) | {rule.title} | {f'`{rule.key}`' if rule.key else 'none'} "
            f"| {rule.level} |"
            for code, rule in RULES.items()
            if rule.family == family
        ]
    return "\n".join(lines) + "\n"


def page_of(rule: Rule) -> str:
    """Describe one rule."""
    looks = (type(rule).findings.__doc__ or "").strip()
    key = (
        f"It goes by `{rule.key}` of the [policy](../policy.md)."
        if rule.key
        else "It asks the same of every repository."
    )
    return (
        f"# {rule.code}: {rule.title}\n\n{rule.reason}\n\n{key} It counts as {rule.level}, unless "
        f"`levels` says otherwise.\n\n**How**: {looks}\n\n**Fix**: {rule.fix}\n"
    )


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
