"""Writes what was read from a notebook into a rendered repo: modules, configuration, documents."""

from idea.codegen.files import packages, write_idea
from idea.codegen.sample_rows import sampled
from idea.codegen.yaml_text import dumped

__all__ = ["dumped", "packages", "sampled", "write_idea"]
