"""What cookiecutter's Jinja gets from this template: filters, and answers kept as data."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cookiecutter.exceptions import FailedHookException  # type: ignore[import-untyped]
from jinja2 import Environment
from jinja2.ext import Extension

from idea.answers import problems
from idea.derived import derive
from idea.names import package_for, slug_for

TEMPLATE = Path(__file__).resolve().parent.parent


class IdeaExtension(Extension):
    """Adds the filters and globals that cookiecutter.json, the hooks and the templates use.

    It also keeps cookiecutter from evaluating answers: every answer that does not come from a
    prompt is rendered as a Jinja template, so `description='{{ 7*7 }}'` would become 49, and
    worse things would run.
    """

    def __init__(self, environment: Environment) -> None:
        """Take the environment that cookiecutter renders with."""
        super().__init__(environment)
        environment.filters.update(
            as_slug=slug_for,
            as_package=package_for,
            derived=derive,
            checked=checked,
            quoted=quoted,
        )
        environment.globals.update(here=os.getcwd, template_folder=str(TEMPLATE))
        self._own = frozenset(_own_strings())

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Keep the braces of an answer from meaning anything.

        Files of the template have a name. Nameless are its paths, which are rendered once there
        is a loader; before that its hooks and the strings of cookiecutter.json; and answers.
        """
        if name or self.environment.loader or source in self._own:
            return source
        return source.replace("{", "{{ '{' }}")


def _own_strings() -> Iterator[str]:
    questions = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
    yield from _strings(questions)
    yield from (hook.read_text(encoding="utf-8") for hook in (TEMPLATE / "hooks").glob("*.py"))
    yield "{{cookiecutter.project_slug}}"


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _strings([*value, *value.values()])
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def quoted(value: object) -> str:
    """Quote any text so that YAML, TOML and JSON read it back as it was."""
    return json.dumps(str(value), ensure_ascii=False)


def checked(answers: Mapping[str, Any]) -> str:
    """Refuse bad answers before cookiecutter makes a folder; give `yes` for good ones.

    The hook pre_gen_project asks the same, but later: by then a slug such as `a/b` has made a
    folder, and cookiecutter prints a traceback around what the hook says.

    Raises:
        FailedHookException: which cookiecutter prints as a plain message.
    """
    found = problems(answers)
    if found:
        raise FailedHookException("\n".join(found))
    return "yes"
