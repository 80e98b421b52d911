"""`.cruft.json`: which template a repo follows, its answers, and what followed from them."""

import json
from collections.abc import Mapping
from pathlib import Path

RECORD = ".cruft.json"

# By these an update knows that it renders the repo of this folder, and not another one.
_SAME = ("project_slug", "dataset", "target", "notebook")


def recorded(answers: Mapping[str, str]) -> dict[str, str]:
    """Give what the repo of this folder was made with; empty where no repo is being updated.

    To compare two states of the template, cruft renders both, in the repo's folder and with its
    answers alone. The files that these name lie on another machine, or have changed since.
    """
    try:
        values = json.loads(Path(RECORD).read_text(encoding="utf-8"))["context"]["cookiecutter"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    if not isinstance(values, dict) or not values.get("__target"):
        return {}
    if any(values.get(question) != answers.get(question) for question in _SAME):
        return {}
    return {name: value for name, value in values.items() if isinstance(value, str)}
