"""Files that stand in a clone for a table that Git keeps elsewhere."""

from pathlib import Path

_LONGEST = 1_024  # bytes; a pointer is shorter
_COMMANDS = {
    b"version https://git-lfs.github.com/": ("Git LFS", "git lfs pull"),
    b"/annex/objects/": ("git-annex", "git annex get ."),
}


def why_no_table(path: Path) -> str:
    """Say that a file only points to the table, and how to get it; empty if it is the table.

    Args:
        path: of the file.

    Raises:
        OSError: it can't be read.
    """
    if path.stat().st_size > _LONGEST:
        return ""
    head = path.read_bytes()
    for start, (keeper, command) in _COMMANDS.items():
        if head.startswith(start):
            return (
                f"{path.name} is no table, but points to one that {keeper} keeps; "
                f"run `{command}` in its folder"
            )
    return ""
