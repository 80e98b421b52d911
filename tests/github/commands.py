"""What a step says to its runner: files of outputs and variables, and `::lines::` in its log."""

import re
from dataclasses import dataclass, field

_COMMAND = re.compile(r"^\s*::([a-z-]+)(?: ([^:]*(?::(?!:)[^:]*)*))?::(.*)$")


class BadFile(ValueError):
    """A file for the runner is not in its format."""


def pairs(text: str) -> dict[str, str]:
    """Read a file such as GITHUB_OUTPUT: `name=value`, or `name<<END`, lines, `END`.

    Raises:
        BadFile: it has a line that is neither.
    """
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if heredoc > 0 and (equals < 0 or heredoc < equals):
            name, _, end = line.partition("<<")
            value = []
            for inner in lines:
                if inner == end:
                    break
                value.append(inner)
            else:
                raise BadFile(f"Matching delimiter not found '{end}'")
            found[name] = "\n".join(value)
        elif equals > 0:
            name, _, found[line[:equals]] = line.partition("=")
        else:
            raise BadFile(f"Invalid format '{line}'")
    return found


@dataclass(frozen=True)
class Annotation:
    """A line that GitHub shows beside the code or above the log."""

    level: str
    message: str
    properties: str


@dataclass
class Said:
    """What a log says to the runner."""

    annotations: list[Annotation] = field(default_factory=list)
    masks: list[str] = field(default_factory=list)


def said(log: str) -> Said:
    """Read the commands in a log."""
    found = Said()
    resume = ""
    for line in log.splitlines():
        match = _COMMAND.match(line)
        if not match:
            continue
        name, properties, value = match[1], match[2] or "", _unescaped(match[3])
        if resume:
            resume = "" if name == resume else resume
        elif name == "stop-commands":
            resume = value
        elif name in ("error", "warning", "notice"):
            found.annotations.append(Annotation(name, value, properties))
        elif name == "add-mask":
            found.masks.extend(part for part in [value, *value.splitlines()] if part)
    return found


def _unescaped(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
