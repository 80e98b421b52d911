"""The registry of rules, by the kind of node that they rewrite."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from idea.modernize.context import Context

Rewrite = Callable[[Any, Context], ast.AST | None]


@dataclass(frozen=True)
class Rule:
    """A rule that rewrites former code as current code.

    Attributes:
        name: of the function.
        rewrite: gives the node's replacement; None if the rule does not apply.
        needs: an import that the replacement needs, if any.
    """

    name: str
    rewrite: Rewrite
    needs: str = ""


RULES: dict[type[ast.AST], list[Rule]] = {}


def rewrites(*kinds: type[ast.AST], needs: str = "") -> Callable[[Rewrite], Rewrite]:
    """Register a function as the rule for some kinds of node.

    Rules are tried in the order in which their modules are imported, and in the order in which
    they stand there; the first one that applies wins.
    """

    def register(function: Rewrite) -> Rewrite:
        for kind in kinds:
            RULES.setdefault(kind, []).append(Rule(_name(function), function, needs))
        return function

    return register


def _name(function: Rewrite) -> str:
    return f"{function.__module__.rpartition('.')[2]}.{function.__name__}"


def rules() -> Iterator[str]:
    """Give the names of all rules."""
    yield from dict.fromkeys(rule.name for found in RULES.values() for rule in found)


def rewritten(node: ast.AST, context: Context) -> tuple[Any, Rule] | None:
    """Apply the first rule that fits a node; None if none does."""
    for rule in RULES.get(type(node), ()):
        new = rule.rewrite(node, context)
        if new is not None:
            return new, rule
    return None
