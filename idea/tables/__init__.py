"""Tables: those that an answer names, those that a notebook reads, and their file formats."""

from idea.tables.answered_table import read_table
from idea.tables.notebook_source import Peek, Source, peek, read_source

__all__ = ["Peek", "Source", "peek", "read_source", "read_table"]
