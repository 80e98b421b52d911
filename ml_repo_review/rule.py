"""What a rule is: a stable code, its reason, the fix as a command, and a check of a repository."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from ml_repo_review.repository import Repository

Level = Literal["error", "warning", "off"]
FAMILIES = {
    "ML1": "Identity and licence",
    "ML2": "Supply chain",
    "ML3": "Model",
    "ML4": "Data",
    "ML5": "Documents",
    "ML6": "Reviews",
    "ML7": "Limits",
    "ML8": "Template",
}


@dataclass(frozen=True)
class Finding:
    """What breaks a rule, and where.

    Attributes:
        message: one line; what, and what instead.
        path: of the file, if it is one.
        line: in it, from 1.
    """

    message: str
    path: str = ""
    line: int = 1

    def __str__(self) -> str:
        """Give the line that people read."""
        return f"{self.path}:{self.line}: {self.message}" if self.path else self.message


class Rule:
    """One rule. Its docstring is its title; its code is never given to another one.

    Attributes:
        reason: why it is there.
        fix: a command, or the words to write.
        key: of the policy that it goes by; empty where it asks the same of everyone. Without that
            key in the policy, the rule does not apply.
        level: where the policy names none.
    """

    code: ClassVar[str]
    reason: ClassVar[str]
    fix: ClassVar[str]
    key: ClassVar[str] = ""
    level: ClassVar[Level] = "error"

    @property
    def title(self) -> str:
        """What holds where nothing is found."""
        return (self.__doc__ or "").strip()

    @property
    def family(self) -> str:
        """The first three signs of the code, by which repo-review groups."""
        return self.code[:3]

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"docs/rules/{self.code}.md"

    def applies(self, repo: Repository) -> bool:
        """Tell whether there is anything to look at."""
        return not self.key or repo.policy.get(self.key) not in (None, [], {})

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Find what breaks the rule."""
        raise NotImplementedError

    def check(self, ml_repo: Repository) -> bool | str | None:
        """Answer repo-review: None where it does not apply, else what is to be done."""
        if ml_repo.policy.get(f"levels.{self.code}") == "off" or not self.applies(ml_repo):
            return None
        found = list(self.findings(ml_repo))
        if not found:
            return True
        because = f" ({ml_repo.policy.because(self.key)})" if self.key else ""
        lines = "\n".join(f"- {finding}" for finding in found[:20])
        return f"{lines}\n\n{self.reason}{because} Fix: {self.fix}"
