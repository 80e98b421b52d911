"""Imports of modules and names that are elsewhere today."""

import ast

from idea.knowledge.renames import (
    DISPLAYS,
    MODULES,
    NAMES,
    NUMPY,
    OLD_MODULES,
    PRIVATE,
    RENAMED_EVERYWHERE,
)

# The code uses their present names, so they need none of their own.
_USED_BY_PRESENT_NAME = {*RENAMED_EVERYWHERE, *DISPLAYS, *OLD_MODULES}


def current_import(node: ast.Import) -> list[ast.stmt]:
    """Import every module from where it is today."""
    names = [ast.alias(_current_module(alias.name), alias.asname) for alias in node.names]
    return [ast.Import(names)]


def current_import_from(node: ast.ImportFrom) -> list[ast.stmt]:
    """Import every name from the module that has it today."""
    places: dict[str, dict[tuple[str, str | None], None]] = {}
    for alias in node.names:
        source, name = _place(node.module or "", alias.name)
        used_as = alias.asname
        if name != alias.name and alias.name not in _USED_BY_PRESENT_NAME:
            used_as = alias.asname or alias.name
        places.setdefault(source, {})[name, used_as] = None
    new: list[ast.stmt] = []
    for source, found in places.items():
        names = [ast.alias(name, used_as) for name, used_as in found]
        new.append(ast.ImportFrom(source, names, 0) if source else ast.Import(names))
    return new


def _current_module(name: str) -> str:
    """Give the module that has a module's contents today."""
    return MODULES.get(name) or PRIVATE.sub(r"\1", name)


def _place(source: str, name: str) -> tuple[str, str]:
    """Give the module and the name under which something can be imported today."""
    if source == "numpy" and name in NUMPY:
        return source, NUMPY[name]
    current = _current_module(source)
    return NAMES.get((source, name)) or NAMES.get((current, name)) or (current, name)
