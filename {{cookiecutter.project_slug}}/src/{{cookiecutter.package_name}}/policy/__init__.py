"""The organisation's policy: the copy in .policy.yaml, as it came."""

import hashlib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Self

import yaml

from ..tools.errors import Refusal
from ..tools.paths import CONF

FILE = CONF.parent / ".policy.yaml"
SOURCE, HASH = "# Source: ", "# SHA-256: "
PACKED = "policy.json"  # of a model folder: under which policy it was packed, and what it holds
AGAIN = "`make policy-update` fetches it anew"


@dataclass(frozen=True)
class Policy:
    """What the copy holds.

    Attributes:
        content: as the organisation wrote it; every key may be missing.
        digest: SHA-256 of its text, without the two lines above.
    """

    content: dict[str, Any]
    digest: str

    @classmethod
    def load(cls) -> Self:
        """Read the copy.

        Raises:
            Refusal: if it is missing, or was edited here.
        """
        if not FILE.is_file():
            raise Refusal(f"{FILE.name} is missing; {AGAIN}")
        body, said = FILE.read_text(encoding="utf-8"), ""
        for word in (SOURCE, HASH):
            if body.startswith(word):
                line, _, body = body.partition("\n")
                said = line.removeprefix(word).strip()
        text = body.rstrip("\n") + "\n"
        digest = hashlib.sha256(text.encode()).hexdigest()
        if said != digest:
            raise Refusal(f"{FILE.name} was edited: its hash is of another text; {AGAIN}")
        return cls(yaml.safe_load(body) or {}, digest)

    def get(self, key: str, default: Any = None) -> Any:
        """What stands at a dotted key, such as `gate.slice_gap`."""
        value: Any = self.content
        for name in key.split("."):
            if not isinstance(value, dict) or name not in value:
                return default
            value = value[name]
        return value

    def because(self, key: str) -> str:
        """A key with the organisation's reason for it, if it names one."""
        names = key.split(".")
        for length in range(len(names), 0, -1):
            if reason := self.content.get("reasons", {}).get(".".join(names[:length])):
                return f"policy: {key}, because {reason}"
        return f"policy: {key}"

    def forbids(self, classes: list[str]) -> str | None:
        """The first of some classes that no model may be of, with the key; None if all may be."""
        allowed = self.get("models.allowed")
        for name in classes:
            if any(fnmatchcase(name, each) for each in self.get("models.forbidden", [])):
                return f"{name} ({self.because('models.forbidden')})"
            if allowed and not any(fnmatchcase(name, each) for each in allowed):
                return f"{name} ({self.because('models.allowed')})"
        return None
