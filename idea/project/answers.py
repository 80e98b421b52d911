"""Which answers can't be used, and what to type instead."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from idea.analysis import BadIdea, Idea, read_idea
from idea.codegen import why_it_would_fail
from idea.names import (
    LONGEST,
    PYTHON_VERSIONS,
    RESERVED,
    listed,
    nearest_first,
    package_for,
    slug_for,
    taken,
)
from idea.project.governed import refused
from idea.project.parts import BadParts, choice_of
from idea.tables import (
    is_address,
    likeliest_columns,
    likeliest_in_query,
    read_query,
    read_table,
)
from idea.tables.answered_query import QueriedTable, to_be_named
from idea.tables.answered_table import Table
from idea.tables.checks import BadTable

STARTER = Path(__file__).parents[2] / "examples" / "penguins" / "penguins.csv"
STARTER_TARGET = "species"

_SLUG = re.compile(r"[a-z](?:[a-z0-9_-]*[a-z0-9])?")
_PACKAGE = re.compile(r"[a-z][a-z0-9_]*")
_EMAIL = re.compile(
    r"[\w.%+'-]+@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]*[a-z0-9])+", re.A | re.I
)
_OWNER = re.compile(r"[a-z0-9](?:-?[a-z0-9]){0,38}", re.I)

# Joins emoji and letters of some scripts; no other invisible sign belongs in a line of text.
_JOINERS = "\u200c\u200d"

_FREE_TEXT = ("project_name", "description", "author_name", "dataset", "target", "notebook")


def problems(answers: Mapping[str, str]) -> list[str]:
    """Find every answer that can't be used.

    Each is one line: `<question>: <what>, <why>; <what to type instead>`. Relative paths are
    relative to the answer `__cwd`. An update reads no files, so that it can't miss any.
    """
    files = [] if answers.get("__update") else [*_dataset(answers), *_notebook(answers)]
    return [
        *_unprintable(answers),
        *_names(answers),
        *_author(answers),
        *_python_version(answers),
        *_parts(answers),
        *refused(answers),
        *files,
    ]


def data_path(answers: Mapping[str, str]) -> Path:
    """Give the absolute path of the table: the answer, or the bundled starter."""
    if answers["dataset"]:
        return absolute(answers["dataset"], answers)
    return _table_of(answers) or STARTER


def query_of(answers: Mapping[str, str]) -> QueriedTable | None:
    """Give the table that a query gives; None if the answer is a file, or nothing.

    Raises:
        BadTable: the database, the table or the target can't be used.
    """
    if not is_address(answers["dataset"]):
        return None
    folder, task = Path(answers["__cwd"]), answers.get("__task", "")
    return read_query(answers["dataset"], folder, answers["target"], task)


def table_of(answers: Mapping[str, str]) -> Table:
    """Give the table that is to be learned from.

    Raises:
        BadTable: it or its target can't be used.
    """
    if queried := query_of(answers):
        return queried.table
    return read_table(data_path(answers), target_answer(answers))


def idea_of(answers: Mapping[str, str]) -> Idea | None:
    """Give what was read from the notebook; None without one, or where nothing can be read."""
    try:
        return _idea(answers)
    except (BadIdea, OSError, ValueError):
        return None


def why_not(answers: Mapping[str, str]) -> str:
    """Say why the notebook's model is not in the repo; empty where it is, or there is none."""
    try:
        idea = _idea(answers)
    except (BadIdea, OSError, ValueError) as error:
        return str(error)
    return idea.unread if idea else ""


def _table_of(answers: Mapping[str, str]) -> Path | None:
    """Give the table that a notebook reads whose model could not be told."""
    try:
        _idea(answers)
    except BadIdea as bad:
        return bad.table
    except (OSError, ValueError):
        return None
    return None


def _idea(answers: Mapping[str, str]) -> Idea | None:
    if not answers["notebook"]:
        return None
    dataset = absolute(answers["dataset"], answers) if answers["dataset"] else None
    path = absolute(answers["notebook"], answers)
    idea = read_idea(path, dataset, answers["target"])
    if reason := why_it_would_fail(idea):
        with suppress(BadIdea):
            unparted = read_idea(path, dataset, answers["target"], reason)
            if not why_it_would_fail(unparted):
                return unparted
        table = None if idea.source.format in ("sklearn", "sql") else idea.path
        raise BadIdea("notebook", f"{path.name}: {reason}", table)
    return idea


def target_answer(answers: Mapping[str, str]) -> str:
    """Give the target that was asked for; empty if it is to be found in the data."""
    return answers["target"] or (
        "" if answers["dataset"] or answers["notebook"] else STARTER_TARGET
    )


def absolute(path: str, answers: Mapping[str, str]) -> Path:
    """Make a typed path absolute: relative means to the folder where it was typed."""
    try:
        return Path(answers["__cwd"], Path(path).expanduser())
    except RuntimeError:  # ~someone who does not exist
        return Path(answers["__cwd"], path)


def _unprintable(answers: Mapping[str, str]) -> Iterator[str]:
    for question in _FREE_TEXT:
        for sign in answers[question]:
            if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
                if sign in _JOINERS:
                    continue
                name = unicodedata.name(sign, f"U+{ord(sign):04X}")
                yield (
                    f"{question}: it holds a sign that can't be printed ({name}), and must be one "
                    "line of text; type it again without that"
                )
                break


def _names(answers: Mapping[str, str]) -> Iterator[str]:
    name, slug, package = (answers[q] for q in ("project_name", "project_slug", "package_name"))
    if not name.strip():
        yield "project_name: it is empty, and stands in every title; type a name in your own words"

    if not _SLUG.fullmatch(slug) or len(slug) > LONGEST:
        yield (
            f"project_slug: {slug!r} can't name the folder, which takes lower-case letters, "
            f"digits, - and _, starts with a letter, ends with a letter or digit and has at most "
            f"{LONGEST} characters; type {slug_for(slug)!r}"
        )
    elif slug in RESERVED:
        yield f"project_slug: {slug!r} is a name that Windows keeps; type {slug_for(slug)!r}"

    if not _PACKAGE.fullmatch(package) or len(package) > LONGEST:
        yield (
            f"package_name: {package!r} can't be imported by every tool, which takes lower-case "
            f"letters, digits and _, starts with a letter and has at most {LONGEST} characters; "
            f"type {package_for(package)!r}"
        )
    elif what := taken(package):
        yield f"package_name: {package!r} would hide {what}; type {package_for(package)!r}"


def _author(answers: Mapping[str, str]) -> Iterator[str]:
    name, email, owner = (answers[q] for q in ("author_name", "author_email", "github_owner"))
    # Git drops punctuation at the ends of a name, and refuses a commit by nobody.
    if not any(sign.isalnum() for sign in name):
        yield f"author_name: {name!r} holds no letter, and signs the first commit; type your name"
    if not _EMAIL.fullmatch(email):
        yield (
            f"author_email: {email!r} is no e-mail address, and signs the first commit; type one "
            "such as 'you@example.com'"
        )
    if not _OWNER.fullmatch(owner):
        yield (
            f"github_owner: {owner!r} is no name of a GitHub account, which takes letters, digits "
            "and single hyphens inside, at most 39; type the part after github.com/"
        )


def _parts(answers: Mapping[str, str]) -> Iterator[str]:
    try:
        choice_of(answers)
    except BadParts as bad:
        yield f"parts: {bad}"


def _python_version(answers: Mapping[str, str]) -> Iterator[str]:
    version = answers["__python_version"]
    if version not in PYTHON_VERSIONS:
        yield (
            f"__python_version: {version!r} is not supported; type one of: "
            f"{listed(nearest_first(version, PYTHON_VERSIONS))}"
        )


def _dataset(answers: Mapping[str, str]) -> Iterator[str]:
    if answers["notebook"]:
        if is_address(answers["dataset"]):
            yield (
                "dataset: a notebook names its database itself, so this is not needed; type the "
                "path of a file, or nothing"
            )
            return
        try:
            if _idea(answers) is not None:
                return  # what the notebook reads was read with it
        except BadIdea as bad:
            if any(_notebook(answers)):
                return  # it is no notebook, which is said there
            if bad.question == "target" or (not answers["dataset"] and bad.table is None):
                yield f"{bad.question}: {bad}"
                return
            if not answers["target"]:
                ask = "" if "target=" in str(bad) else "; name the column to predict with target=…"
                yield f"target: {bad}{ask}{_hint(answers)}"
                return
        except (OSError, ValueError):
            return  # named with the notebook
    try:
        tasks = table_of(answers).tasks
        if not tasks and (queried := query_of(answers)):
            raise to_be_named(queried.connection, answers["target"], "")
    except BadTable as bad:
        yield f"{bad.question}: {bad}"
        return
    except ValueError:  # a zero byte in a path, named above
        return
    # Nobody is asked for the task, but `__task=regression` overrules what was told.
    if answers.get("__task", tasks[0]) not in tasks:
        yield (
            f"__task: {answers['__task']!r} does not go with the target's values; type "
            f"{' or '.join(tasks)}, or nothing"
        )


def _hint(answers: Mapping[str, str]) -> str:
    """Name the columns of a table that are most likely predicted."""
    try:
        likeliest = (
            likeliest_in_query(answers["dataset"], Path(answers["__cwd"]))
            if is_address(answers["dataset"])
            else likeliest_columns(data_path(answers))
        )
    except (OSError, ValueError):
        return ""
    return f", such as {likeliest}" if likeliest else ""


def _notebook(answers: Mapping[str, str]) -> Iterator[str]:
    if not answers["notebook"]:
        return
    path = absolute(answers["notebook"], answers)
    if path.suffix not in (".ipynb", ".py"):
        yield f"notebook: {path.name!r} is no notebook; type the path of an .ipynb or a .py file"
        return
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        beside = [p.name for p in path.parent.glob("*.ipynb")] if path.parent.is_dir() else []
        hint = (
            f"type one of: {listed(nearest_first(path.name, beside), 5)}"
            if beside
            else ("type the path of an .ipynb file, or nothing")
        )
        yield f"notebook: {path} can't be read, {(reason or str(error)).lower()}; {hint}"
        return
    if path.suffix == ".ipynb" and not _has_cells(text):
        yield (
            f"notebook: {path.name!r} is no notebook of version 4 (JSON with cells); open it in "
            "Jupyter, save it, and type its path again"
        )


def _has_cells(text: str) -> bool:
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(notebook, dict) and isinstance(notebook.get("cells"), list)
