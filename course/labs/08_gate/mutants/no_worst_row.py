"""Leaves out the row that no draw shows."""


def _with_worst_row(new, old, metric, of_labels):
    return new, old
