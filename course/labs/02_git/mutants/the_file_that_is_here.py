"""Reads the file that is here, whatever commit is asked for."""


def _at(commit, path):
    return path.read_text(encoding="utf-8") if path.exists() else None
