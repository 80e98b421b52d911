"""Writes what was read from a notebook into a rendered repo: modules, configuration, documents."""

from idea.codegen.files import write_idea

__all__ = ["write_idea"]
