"""The rules, a module for each subject; to import this package registers them, in this order."""

# Each module registers its rules; the order is that in which they are tried.
from idea.modernize.rules import (  # noqa: F401, I001
    numpy_names,
    pandas_attributes,
    moved_members,
    renamed_members,
    chained_changes,
    other_types,
    replaced_values,
    splitters,
    positional,
    row_positions,
    replaced_methods,
    fillna,
    patterns,
    numeric_columns,
    early_stopping,
    append,
    errors,
    displays,
    frequencies,
    group_columns,
    keywords,
)
