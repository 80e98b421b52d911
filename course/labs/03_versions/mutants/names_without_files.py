"""Sees that the commit names the files, and never looks at them."""


def refuse_other_files(commit, *paths):
    names = recorded(commit)
    for path in paths:
        if path.as_posix() not in names:
            raise Refusal(f"dvc.lock names no {path.as_posix()}")
        if not path.exists():
            raise Refusal(f"{path.as_posix()} is not here")
