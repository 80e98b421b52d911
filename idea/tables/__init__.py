"""Tables: those that an answer names, those that a notebook reads, and their file formats."""

from idea.tables.answered_query import likeliest_in_query, read_query
from idea.tables.answered_table import likeliest_columns, read_table
from idea.tables.connections import is_address
from idea.tables.files import as_file, find_archive, find_file
from idea.tables.notebook_query import query_key
from idea.tables.notebook_source import read_source
from idea.tables.rows import read_rows
from idea.tables.source import NoData, Source
from idea.tables.summary import TableSummary, cells_of, summarize

__all__ = [
    "NoData",
    "Source",
    "TableSummary",
    "as_file",
    "cells_of",
    "find_archive",
    "find_file",
    "is_address",
    "likeliest_columns",
    "likeliest_in_query",
    "query_key",
    "read_query",
    "read_rows",
    "read_source",
    "read_table",
    "summarize",
]
