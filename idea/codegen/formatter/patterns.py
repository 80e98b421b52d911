"""Documents of the patterns of `match`."""

import ast
from dataclasses import dataclass

from idea.codegen.formatter.documents import (
    INSIDE,
    Doc,
    Group,
    Level,
    brackets,
    commas,
    grouped,
    joined,
    parentheses,
    soft,
)
from idea.codegen.formatter.expressions import Expressions


@dataclass(frozen=True)
class Patterns:
    """Makes documents of patterns."""

    expressions: Expressions

    def case(self, node: ast.pattern) -> Doc:
        """Make the document of a case's pattern, in parentheses where they help."""
        if isinstance(node, ast.MatchValue):
            return self.expressions.optional(node.value)
        inner = node.pattern if isinstance(node, ast.MatchAs) else node
        if inner is None or (inner is node and not isinstance(node, ast.MatchOr)):
            return self.pattern(node, None)
        parts = inner.patterns if isinstance(inner, ast.MatchOr) else [inner]
        starts = _is_filled(parts[0]) and not isinstance(parts[0], ast.MatchClass)
        spills = len(parts) < 3 and (starts or _is_filled(parts[-1]))
        return parentheses(lambda level: self.pattern(node, level), not spills)

    def pattern(self, node: ast.pattern, level: Level) -> Doc:
        """Make the document of a pattern."""
        code = self.expressions
        match node:
            case ast.MatchValue(value=value):
                return code.expr(value, level)
            case ast.MatchSequence(patterns=patterns):
                docs = [self.pattern(each, INSIDE) for each in patterns]
                return brackets("[", commas(docs), "]", level) if docs else "[]"
            case ast.MatchMapping(keys=keys, patterns=patterns, rest=rest):
                docs = [
                    (code.expr(key, INSIDE), ": ", self.pattern(each, INSIDE))
                    for key, each in zip(keys, patterns, strict=True)
                ]
                docs += [f"**{rest}"] if rest else []
                return brackets("{", commas(docs), "}", level) if docs else "{}"
            case ast.MatchClass(cls=cls, patterns=patterns, kwd_attrs=names, kwd_patterns=others):
                docs = [self.pattern(each, INSIDE) for each in patterns]
                docs += [
                    (name, "=", self.pattern(each, INSIDE))
                    for name, each in zip(names, others, strict=True)
                ]
                arguments = brackets("(", Group(commas(docs)), ")", level) if docs else "()"
                return (code.expr(cls, level), arguments)
            case ast.MatchAs(pattern=ast.pattern() as inner, name=name):
                return (self.pattern(inner, level), f" as {name}")
            case ast.MatchOr(patterns=patterns):
                docs = []
                for each in patterns:
                    named = isinstance(each, ast.MatchAs) and each.pattern
                    doc = self.pattern(each, INSIDE if named else level)
                    docs.append(brackets("(", doc, ")", level) if named else doc)
                return grouped(level, joined(docs, (soft(level), "| ")))
        return ast.unparse(node)


def _is_filled(node: ast.pattern) -> bool:
    """Say whether a pattern ends in brackets with something in them."""
    match node:
        case ast.MatchSequence(patterns=[_, *_]) | ast.MatchMapping(keys=[_, *_]):
            return True
        case ast.MatchClass(patterns=[_, *_]):
            return True
    return False
