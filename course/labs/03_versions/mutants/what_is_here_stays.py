"""Brings a table only where there is none, so a former version never comes back."""


def _is_to_come(path, pointer):
    return not path.exists()
