"""The files of a repository, read within limits, without running anything that it holds.

Symbolic links are named and never followed. Of a Git repository it is what is committed, or in the
index: `git` is asked with the repository's own settings for hooks, helpers and remotes disabled.
"""

import os
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.abc import Traversable
from pathlib import Path

FILES = 50_000
READ = 1_000_000  # bytes of one file, unless a reader asks for more
TOTAL = 200_000_000  # bytes of all reads of one repository
DEPTH = 40
SECONDS = 30  # of one call of Git
_SKIPPED = frozenset(
    {".git", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".mypy_cache"}
)
# A promised object would be fetched over whatever transport the repository names.
_SAFE = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "",
    "LC_ALL": "C",
}
_OVERRULED = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    f"core.attributesFile={os.devnull}",
    "core.alternateRefsCommand=",
    "protocol.allow=never",
    "safe.directory=*",
    "safe.bareRepository=all",
)


class BadRepository(ValueError):
    """It can't be audited; the message says why, in one line."""


@dataclass
class Tree:
    """Paths and sizes of plain files, and a way to read them.

    Attributes:
        sizes: bytes by path, with slashes.
        links: symbolic links, which are not read.
        reader: gives at most so many of a file's first bytes.
        cut: whether there are more files than are looked at.
    """

    sizes: Mapping[str, int]
    links: frozenset[str]
    reader: Callable[[str, int], bytes]
    cut: bool = False
    spent: int = field(default=0)

    def read(self, path: str, most: int = READ) -> bytes:
        """Give a file's first bytes; none once too much has been read in all."""
        if path not in self.sizes or self.spent > TOTAL:
            return b""
        content = self.reader(path, most)
        self.spent += len(content)
        return content


def tree_of(path: Path, *, index: bool = False) -> Tree:
    """Look at a folder, or at a bare or other Git repository.

    Args:
        path: of the folder.
        index: of a Git repository take the files of its index as they lie in the folder, which a
            commit is about to hold, instead of those of its newest commit.

    Raises:
        BadRepository: there is no such folder, or Git can't read it.
    """
    if not path.is_dir():
        raise BadRepository(f"{path} is no folder")
    if (path / ".git").exists():
        return _of_index(path) if index else _of_commit(path / ".git", path)
    if (path / "HEAD").is_file() and (path / "objects").is_dir():
        return _of_commit(path, path)
    return folder_tree(path)


def folder_tree(root: Path) -> Tree:
    """Look at the files of a folder."""
    sizes: dict[str, int] = {}
    links: set[str] = set()
    cut = False
    for name, entry in _walk(root):
        if entry is None:
            links.add(name)
        elif len(sizes) >= FILES:
            cut = True
            break
        else:
            sizes[name] = entry
    return Tree(sizes, frozenset(links), lambda name, most: _read(root / name, most), cut)


def traversable_tree(root: Traversable) -> Tree:
    """Look at what repo-review hands over: a folder, or a repository that is elsewhere."""
    if isinstance(root, Path):
        return tree_of(root, index=True)
    found: dict[str, Traversable] = {}
    ahead = [("", root, 0)]
    while ahead and len(found) < FILES:
        prefix, folder, depth = ahead.pop()
        for entry in folder.iterdir():
            name = f"{prefix}{entry.name}"
            if entry.is_dir():
                if depth < DEPTH and entry.name not in _SKIPPED:
                    ahead.append((f"{name}/", entry, depth + 1))
            elif entry.is_file():
                found[name] = entry
    return Tree(
        dict.fromkeys(found, 0), frozenset(), lambda name, most: found[name].read_bytes()[:most]
    )


def _walk(root: Path) -> Iterator[tuple[str, int | None]]:
    """Give the path and size of each file; None for the size of a link."""
    ahead = [("", root, 0)]
    seen = 0
    while ahead:
        prefix, folder, depth = ahead.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            seen += 1
            if seen > 4 * FILES:
                return
            name = f"{prefix}{entry.name}"
            if entry.is_symlink():
                yield name, None
            elif entry.is_dir(follow_symlinks=False):
                if depth < DEPTH and entry.name not in _SKIPPED:
                    ahead.append((f"{name}/", Path(entry.path), depth + 1))
            elif entry.is_file(follow_symlinks=False):
                yield name, entry.stat(follow_symlinks=False).st_size


def _read(path: Path, most: int) -> bytes:
    """Read a plain file; nothing of a link, a pipe or a device, which might never end."""
    try:
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        )
    except OSError:
        return b""
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return b""
        return file.read(most)


def git(folder: Path, *words: str, feed: bytes = b"") -> bytes:
    """Ask Git something about a repository that nobody trusts.

    Args:
        folder: the `.git` folder, or a bare repository.
        words: of the command.
        feed: its standard input.

    Raises:
        BadRepository: Git refuses, is not there, or takes too long.
    """
    try:
        done = subprocess.run(
            _command(folder, *words),
            env=_environment(),
            input=feed,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BadRepository(f"{folder}: git {words[0]} failed ({type(error).__name__})") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise BadRepository(f"{folder}: {said[-1] if said else 'Git can not read it'}")
    return done.stdout


def _command(folder: Path, *words: str) -> list[str]:
    options = [word for each in _OVERRULED for word in ("-c", each)]
    return ["git", *options, f"--git-dir={folder}", *words]


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return kept | _SAFE


def _git_folder(path: Path) -> Path:
    """Follow the file that a worktree has in the place of `.git`."""
    if path.is_file():
        text = _read(path, 4096).decode(errors="replace")
        return (path.parent / text.removeprefix("gitdir:").strip()).resolve()
    return path


def _of_index(root: Path) -> Tree:
    listed = git(_git_folder(root / ".git"), f"--work-tree={root}", "ls-files", "-z", "--stage")
    sizes: dict[str, int] = {}
    links: set[str] = set()
    for line in listed.decode(errors="surrogateescape").split("\0"):
        mode, _, rest = line.partition(" ")
        name = rest.partition("\t")[2]
        if not name or len(sizes) >= FILES:
            continue
        try:
            at = os.lstat(root / name)
        except OSError:
            continue
        if mode == "120000" or stat.S_ISLNK(at.st_mode):
            links.add(name)
        elif stat.S_ISREG(at.st_mode) and not _through_link(root, name):
            sizes[name] = at.st_size
    return Tree(sizes, frozenset(links), lambda name, most: _read(root / name, most))


def _through_link(root: Path, name: str) -> bool:
    return any((root / parent).is_symlink() for parent in list(Path(name).parents)[:-1])


def _of_commit(folder: Path, shown: Path) -> Tree:
    folder = _git_folder(folder)
    try:
        listed = git(folder, "ls-tree", "-r", "-z", "--long", "--full-tree", "HEAD")
    except BadRepository as bad:
        if "Not a valid object name HEAD" in str(bad):
            raise BadRepository(f"{shown}: it has no commit yet") from None
        raise
    sizes: dict[str, int] = {}
    links: set[str] = set()
    objects: dict[str, str] = {}
    cut = False
    for line in listed.decode(errors="surrogateescape").split("\0"):
        info, _, name = line.partition("\t")
        words = info.split()
        if (
            len(words) != 4
            or words[1] != "blob"
            or (words[0] != "120000" and not words[3].isdigit())
        ):
            continue  # of one that is missing, Git tells no size
        if words[0] == "120000":
            links.add(name)
        elif len(sizes) >= FILES:
            cut = True
        else:
            sizes[name] = int(words[3])
            objects[name] = words[2]

    blobs = _Blobs(folder)

    def reader(name: str, most: int) -> bytes:
        if sizes[name] > 20 * READ:  # a delta is unfolded whole
            return b""
        return blobs.read(objects[name])[:most]

    return Tree(sizes, frozenset(links), reader, cut)


class _Blobs:
    """One process of Git that gives the content of objects, begun when the first is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def read(self, number: str) -> bytes:
        """Give an object's content; none of one that is missing."""
        if self.process is None:
            self.process = subprocess.Popen(
                _command(self.folder, "cat-file", "--batch"),
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        asked, told = self.process.stdin, self.process.stdout
        assert asked is not None
        assert told is not None
        try:
            asked.write(f"{number}\n".encode())
            asked.flush()
            words = told.readline().split()
            return told.read(int(words[2]) + 1)[:-1] if len(words) == 3 else b""
        except (OSError, ValueError):
            return b""

    def __del__(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
