"""What cookiecutter's Jinja gets from this template: filters, and answers kept as data."""

import importlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from cookiecutter.exceptions import FailedHookException  # type: ignore[import-untyped]
from jinja2 import Environment, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context

from idea.names import package_for, slug_for
from idea.project import derive, governed, problems
from idea.project.cruft_record import recorded
from idea.project.parts import FOLDER, TABLE, BadParts, choice_of, parts
from ml_repo_review.policy import BadPolicy
from ml_repo_review.policy.schema import FILE as SCHEMA_FILE

TEMPLATE = Path(__file__).resolve().parent.parent
_OWN = ("idea", "ml_repo_review")


def _state() -> list[tuple[str, int, int]]:
    """Give the path, time and size of each module of the generator, and of what it reads."""
    modules = [path for name in _OWN for path in sorted((TEMPLATE / name).rglob("*.py"))]
    files = [*modules, TABLE, SCHEMA_FILE]
    stats = [(path, path.stat()) for path in files]
    return [(str(path), stat.st_mtime_ns, stat.st_size) for path, stat in stats]


_LOADED = _state()


class IdeaExtension(Extension):
    """Adds the filters and globals that cookiecutter.json, the hooks and the templates use.

    It also keeps cookiecutter from evaluating answers: every answer that does not come from a
    prompt is rendered as a Jinja template, so `description='{{ 7*7 }}'` would become 49, and
    worse things would run.
    """

    def __new__(cls, environment: Environment) -> Any:
        """Make an extension of the files as they are now.

        cruft renders two states of a template in one process: without this, the later templates
        would meet the earlier code.
        """
        if _state() == _LOADED:
            return super().__new__(cls)
        for name in [name for name in sys.modules if name.partition(".")[0] in _OWN]:
            del sys.modules[name]
        # Bytecode knows its source by size and second, and both may be the same.
        for cache in [path for name in _OWN for path in (TEMPLATE / name).rglob("__pycache__")]:
            shutil.rmtree(cache, ignore_errors=True)
        importlib.invalidate_caches()
        return importlib.import_module("idea.extension").IdeaExtension(environment)

    def __init__(self, environment: Environment) -> None:
        """Take the environment that cookiecutter renders with."""
        super().__init__(environment)
        environment.filters.update(
            as_slug=slug_for,
            as_package=package_for,
            completed=governed.complete,
            governed=governed_by,
            derived=derive,
            checked=checked,
            oldest_python=governed.oldest_python,
            parts=part_names,
            policy=policy_value,
            policy_text=governed.text_of,
            quoted=quoted,
            recorded=recorded,
            sorted_lines=sorted_lines,
        )
        environment.globals.update(
            base_image=base_image,
            here=os.getcwd,
            known_parts=known_parts,
            no_policy=governed.no_policy,
            slot=slot,
            this_year=this_year,
            template_folder=str(TEMPLATE),
        )
        # Answers keep their order, in which the record of them is written.
        environment.policies["json.dumps_kwargs"] = {}
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


def this_year() -> str:
    """Give the year that the licence names."""
    return str(date.today().year)


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


def governed_by(answers: Mapping[str, Any]) -> str:
    """Read the organisation's policy before anything is asked; give its hash, empty without one.

    Raises:
        FailedHookException: it can't be used.
    """
    try:
        return governed.begin(answers)
    except BadPolicy as bad:
        raise FailedHookException(str(bad)) from None


def policy_value(answers: Mapping[str, Any], key: str) -> Any:
    """Give what the policy has at a key; empty without a policy, or without that key."""
    policy = governed.policy_of(answers)
    return (policy.get(key) if policy else None) or ""


@pass_context
def base_image(context: Context) -> str:
    """Name the image that the service is built on."""
    answers = context["cookiecutter"]
    return governed.base_image(governed.policy_of(answers), answers["__python_version"])


def part_names(answers: Mapping[str, Any]) -> str:
    """Name the parts that an answer asks for; none where `checked` is about to refuse it."""
    try:
        return " ".join(choice_of(answers).names)
    except BadParts:
        return ""


def known_parts() -> str:
    """List all parts with their needs, for the repo's own `make part`: `part:need,need`."""
    return " ".join(f"{part.name}:{','.join(part.needs)}" for part in parts().values())


@pass_context
def slot(context: Context, name: str) -> str:
    """Fill a slot of the file that is being rendered with what the repo's parts have for it.

    A part's fragments for `Makefile` are blocks in `templates/parts/<part>/Makefile`. What stands
    between a block's first and last line takes the place of the slot's line, as it is written:

        {{- slot("serve") }}

    A fragment may have slots of its own, which other parts' fragments for the same file fill.
    """
    file = re.sub(r"^parts/\w+/", "", context.name or "")
    return "".join(
        text
        for part in context["cookiecutter"]["__parts"].split()
        for text in _fragment(context, f"parts/{part}/{file}", name)
    )


def _fragment(context: Context, template: str, name: str) -> Iterator[str]:
    if not (FOLDER.parent / template).is_file():
        return
    fragments = context.environment.get_template(template)
    if block := fragments.blocks.get(name):
        text = "".join(block(fragments.new_context(context.get_all())))
        yield text.removesuffix("\n")


def sorted_lines(text: str) -> str:
    """Sort lines by their words, each once, so that parts can add to a list in any order."""
    lines = set(text.strip("\n").split("\n"))
    return "\n" + "\n".join(sorted(lines, key=lambda line: re.findall(r"[\w-]+", line.casefold())))
