"""Refuses bad answers before a file is written. Cookiecutter renders this file, then runs it."""

import json
import sys
from pathlib import Path

# As JSON in a raw string, no answer can be taken for code.
GIVEN = json.loads(r"""{ "template": {{ template_folder | tojson }},
                         "answers": {{ cookiecutter | tojson }} }""")
sys.path.insert(0, GIVEN["template"])

from idea.project import problems  # noqa: E402


def main() -> int:
    """Print every bad answer on its own line; give the exit code."""
    answers = GIVEN["answers"]
    outer = next((folder for folder in Path.cwd().parents if (folder / ".git").exists()), None)
    found = problems(answers)
    if outer and answers["__update"]:
        found.append(
            f"project_slug: {answers['project_slug']!r} is the repository of {outer} itself, and "
            "can't lie inside it; go to another folder, or type another name"
        )
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        return 1

    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    if outer:
        print(f"Warning: {outer} is a Git repository already; the new one will lie inside it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
