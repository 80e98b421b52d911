"""The answers, the values derived from them, and the steps to the repository's first commit."""

from idea.project.answers import problems
from idea.project.derived import derive

__all__ = ["derive", "problems"]
