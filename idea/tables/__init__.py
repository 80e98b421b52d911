"""Tables: those that an answer names, those that a notebook reads, and their file formats."""

from idea.tables.answered_table import likeliest_columns, read_table
from idea.tables.files import as_file, find_archive, find_file
from idea.tables.notebook_source import NoData, Source, read_source
from idea.tables.rows import read_rows
from idea.tables.summary import TableSummary, cells_of, summarize

__all__ = [
    "NoData",
    "Source",
    "TableSummary",
    "as_file",
    "cells_of",
    "find_archive",
    "find_file",
    "likeliest_columns",
    "read_rows",
    "read_source",
    "read_table",
    "summarize",
]
