"""Reads a Dockerfile as Docker does: which files come into the image, and what it starts.

What `RUN` does is left out.
"""

import fnmatch
import json
import posixpath
import re
import shlex
from pathlib import Path
from typing import Any

LINE = re.compile(r"^\s*(\w+)\s+(.*)$", re.S)
VARIABLE = re.compile(r"\\\$|\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})")
SHELL = ["/bin/sh", "-c"]


class UnreadableError(AssertionError):
    """Docker would refuse it."""


def definition(folder: Path, options: tuple[str, ...] = ()) -> dict[str, Any]:
    """Read the Dockerfile of a folder.

    Args:
        folder: that is the context of the build.
        options: words after the image's name.

    Returns:
        `files`, the path of each in the image and its source; `env`, `user`, `workdir`, `port`; and
        `command` and `healthcheck`, as lists of words (None: there is none).
    """
    path = folder / "Dockerfile"
    if not path.is_file():
        raise UnreadableError("there is no Dockerfile")
    given = _given(folder)
    arguments: dict[str, str] = {}
    stages: dict[str, dict[str, Any]] = {}
    stage: dict[str, Any] = {}
    for word, rest in _instructions(path.read_text(encoding="utf-8")):
        if word != "FROM" and word != "ARG" and not stages:
            raise UnreadableError(f"the Dockerfile has {word} before FROM")
        known = {**arguments, **stage.get("args", {}), **stage.get("env", {})}
        if word == "FROM":
            base, *name = re.sub(r"--\S+\s+|\s+AS\s+", " ", rest, flags=re.I).split()
            stage = _from(stages.get(_filled(base, arguments)))
            stages[name[0] if name else str(len(stages))] = stage
        elif word == "ARG":
            where = stage.setdefault("args", {}) if stages else arguments
            for each in shlex.split(rest):
                key, equals, value = each.partition("=")
                where[key] = _filled(value, known) if equals else arguments.get(key, "")
        elif word == "ENV":
            stage["env"] |= _environment(_filled(rest, known))
        elif word in ("COPY", "ADD"):
            _copy(stage, stages, given, _filled(rest, known))
        elif word == "WORKDIR":
            stage["workdir"] = posixpath.join(stage["workdir"], _filled(rest, known).strip())
        elif word in ("USER", "EXPOSE", "STOPSIGNAL"):
            stage[word.lower()] = _filled(rest, known).strip()
        elif word in ("ENTRYPOINT", "CMD"):
            stage[word.lower()] = _words(rest)
        elif word == "HEALTHCHECK":
            _, cmd, test = rest.partition("CMD")
            stage["healthcheck"] = _words(test.strip()) if cmd else None
    if not stages:
        raise UnreadableError("the Dockerfile has no FROM")
    start = stage["entrypoint"] + (list(options) or stage["cmd"])
    return {
        **{key: stage[key] for key in ("files", "env", "user", "workdir", "healthcheck")},
        "port": int(re.match(r"\d*", stage["expose"])[0] or 8000),  # type: ignore[index]
        "command": start or None,
    }


def _from(base: dict[str, Any] | None) -> dict[str, Any]:
    empty = {"env": {}, "files": {}, "user": "", "workdir": "/", "expose": "", "entrypoint": []}
    stage = {**empty, "cmd": [], "healthcheck": None, **(base or {})}
    return {**stage, "args": {}, "env": dict(stage["env"]), "files": dict(stage["files"])}


def _instructions(text: str) -> list[tuple[str, str]]:
    """The instructions, each on one line, without comments; a heredoc's lines are dropped."""
    found, lines = [], iter(text.splitlines())
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        while line.rstrip().endswith("\\"):
            more = next(lines, "")
            while more.lstrip().startswith("#"):
                more = next(lines, "")
            line = line.rstrip()[:-1] + more
        match = LINE.match(line)
        if not match:
            raise UnreadableError(
                f"the Dockerfile has a line that is no instruction: {line.strip()!r}"
            )
        word, rest = match[1].upper(), match[2]
        for end in re.findall(r"<<-?['\"]?(\w+)", rest) if word in ("RUN", "COPY") else ():
            while next(lines, end).strip() != end:
                pass
        found.append((word, rest))
    return found


def _filled(text: str, known: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        found = known.get(match[1] or match[2] or "", "")
        if match[3] == "-":
            return found or match[4]
        return (match[4] if found else "") if match[3] == "+" else found

    return VARIABLE.sub(value, text)


def _environment(rest: str) -> dict[str, str]:
    words = shlex.split(rest)
    if words and "=" not in words[0]:  # the old form
        return {words[0]: rest.strip().partition(" ")[2].strip()}
    return dict(word.split("=", 1) for word in words if "=" in word)


def _words(rest: str) -> list[str]:
    try:
        found = json.loads(rest)
    except ValueError:
        found = None
    return found if isinstance(found, list) else [*SHELL, rest.strip()]


def _copy(
    stage: dict[str, Any], stages: dict[str, dict[str, Any]], given: dict[str, str], rest: str
) -> None:
    flags, words = {}, rest.strip()
    while words.startswith("--"):
        flag, _, words = words.partition(" ")
        key, _, value = flag.partition("=")
        flags[key], words = value, words.lstrip()
    names = json.loads(words) if words.startswith("[") else shlex.split(words)
    *sources, target = names
    origin = flags.get("--from")
    if origin is None:
        there = given
    elif origin in stages or (origin.isdigit() and int(origin) < len(stages)):
        other = stages.get(origin) or list(stages.values())[int(origin)]
        there = {path.lstrip("/"): source for path, source in other["files"].items()}
    else:
        return  # another image
    target = posixpath.join(stage["workdir"], target)
    for pattern in sources:
        if pattern.startswith("<<") or "://" in pattern:
            continue
        wanted = posixpath.normpath(pattern).lstrip("/")
        found = _matches(wanted, there)
        if not found and origin is None and not set(wanted) & set("*?["):
            raise UnreadableError(
                f"COPY {pattern}: what the build is given holds nothing of that name"
            )
        for path, below in found:
            into = target if below else posixpath.join(target, posixpath.basename(path))
            if not below and not target.endswith(("/", "/.")) and len(sources) == 1:
                is_folder = any(file.startswith(f"{target}/") for file in stage["files"])
                into = into if is_folder or target == stage["workdir"] else target
            place = posixpath.normpath(posixpath.join(into, below))
            stage["files"][place] = there[path]


def _matches(wanted: str, there: dict[str, str]) -> list[tuple[str, str]]:
    """Files that a source names; for those in a folder that it names, their path below that."""
    found = []
    depth = 0 if wanted == "." else wanted.count("/") + 1
    for path in there:
        parts = path.split("/")
        head, below = "/".join(parts[:depth]), "/".join(parts[depth:])
        if wanted == "." or fnmatch.fnmatchcase(head, wanted):
            found.append((path, below))
    return found


def _given(folder: Path) -> dict[str, str]:
    """The files that the build is given: all that .dockerignore leaves."""
    path = folder / ".dockerignore"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    lines = [line.strip() for line in text.splitlines()]
    rules = [
        (line.startswith("!"), _pattern(line.removeprefix("!")))
        for line in lines
        if line and not line.startswith("#")
    ]
    files = {}
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        parts = name.split("/")
        above = ["/".join(parts[: number + 1]) for number in range(len(parts))]
        is_given = True
        for brings_back, pattern in rules:
            if any(pattern.fullmatch(each) for each in above):
                is_given = brings_back
        if is_given and file.is_file():
            files[name] = str(file)
    return files


def _pattern(text: str) -> re.Pattern[str]:
    text = posixpath.normpath(text.strip()).lstrip("/")
    tokens = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", text)
    return re.compile("".join(tokens.get(piece, re.escape(piece)) for piece in pieces))
