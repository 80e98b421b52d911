"""Writes the modules, configuration and documents of a rendered repo that come from a notebook."""

from idea.codegen.files import packages, why_it_would_fail, write_idea
from idea.codegen.prepare_module import held_back_column
from idea.codegen.sample_rows import sampled
from idea.codegen.yaml_text import dumped

__all__ = [
    "dumped",
    "held_back_column",
    "packages",
    "sampled",
    "why_it_would_fail",
    "write_idea",
]
