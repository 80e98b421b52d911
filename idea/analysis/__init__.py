"""What a notebook's program means: its final fit, and the table, target and features of it."""

from idea.analysis.idea import BadIdea, Idea, read_idea

__all__ = ["BadIdea", "Idea", "read_idea"]
