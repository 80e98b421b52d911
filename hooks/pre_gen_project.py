"""Refuses bad answers before a file is written. Cookiecutter renders this file, then runs it."""

import json
import sys
from pathlib import Path

# As JSON in a raw string, no answer can be taken for code.
GIVEN = json.loads(r"""{ "template": {{ template_folder | tojson }},
                         "answers": {{ cookiecutter | tojson }} }""")
sys.path.insert(0, GIVEN["template"])

from idea.answers import problems  # noqa: E402


def main() -> int:
    """Print every bad answer on its own line; give the exit code."""
    found = problems(GIVEN["answers"])
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        return 1

    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    outer = next((folder for folder in Path.cwd().parents if (folder / ".git").exists()), None)
    if outer:
        print(f"Warning: {outer} is a Git repository already; the new one will lie inside it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
