"""Which repositories are meant: paths, a folder of them, or a list."""

from collections.abc import Iterable, Iterator
from pathlib import Path


class BadList(ValueError):
    """What was named holds no repository; the message says so in one line."""


def repositories(named: Iterable[str]) -> list[Path]:
    """Resolve what was named to repositories, each once, in order.

    Args:
        named: repositories, also bare ones; folders of repositories; files that list either, a line
            each.

    Raises:
        BadList: a name leads nowhere.
    """
    found: dict[Path, Path] = {}
    for name in named:
        for path in _resolved(Path(name).expanduser().absolute(), set()):
            found.setdefault(path.resolve(), path)
    return list(found.values())


def is_repository(path: Path) -> bool:
    """Tell whether a folder is a Git repository, with a folder of files or bare."""
    return (path / ".git").exists() or (
        (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()
    )


def name_of(path: Path) -> str:
    """Give the name by which a policy's waivers know a repository."""
    return path.name.removesuffix(".git")


def _resolved(path: Path, seen: set[Path]) -> Iterator[Path]:
    if path.resolve() in seen:
        return
    seen.add(path.resolve())
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            word = line.partition("#")[0].strip()
            if word:
                yield from _resolved(path.parent / Path(word).expanduser(), seen)
    elif is_repository(path):
        yield path
    elif path.is_dir():
        inner = sorted(each for each in path.iterdir() if each.is_dir() and not each.is_symlink())
        repos = [each for each in inner if is_repository(each)]
        if not repos and not any(path.iterdir()):
            raise BadList(f"{path} is empty")
        # A folder that holds none is one itself, which Git does not know.
        yield from repos or [path]
    else:
        raise BadList(f"{path} is neither a repository nor a folder or list of them")
