"""f-strings, where a quote can't be used twice before Python 3.12."""

import ast
from collections.abc import Callable, Iterator, Sequence

from idea.codegen.formatter.literals import escaped, quote_for

# Prints an expression on one line, with strings that avoid a quote.
PrintInside = Callable[[ast.expr, str], str]


def f_string(node: ast.JoinedStr, outside: str, inside: PrintInside) -> str:
    """Print an f-string.

    Args:
        node: the f-string.
        outside: the quote of the f-string around it; empty if there is none.
        inside: prints the expressions in it.
    """
    literal = "".join(str(p.value) for p in node.values if isinstance(p, ast.Constant))
    preferred = quote_for(literal)
    texts = []
    for quote in (preferred, "'" if preferred == '"' else '"', '"""', "'''"):
        parts = list(_parts(node.values, quote, inside))
        text = f"f{quote}{''.join(part for part, _ in parts)}{quote}"
        clashes = any(code and (quote in part or "\\" in part) for part, code in parts)
        if quote[0] != outside and not clashes:
            return text
        texts.append(text)
    return texts[0]


def _parts(
    values: Sequence[ast.expr], quote: str, inside: PrintInside
) -> Iterator[tuple[str, bool]]:
    """Print the parts of an f-string, and say which are expressions."""
    for value in values:
        if isinstance(value, ast.FormattedValue):
            text = inside(value.value, quote[0])
            after = f"!{chr(value.conversion)}" if value.conversion != -1 else ""
            spec = value.format_spec
            spaced = text.startswith("{")
            yield ("{ " if spaced else "{") + text + after, True
            if isinstance(spec, ast.JoinedStr):
                yield ":", False
                yield from _parts(spec.values, quote, inside)
            yield " }" if spaced and not after and not spec else "}", False
        elif isinstance(value, ast.Constant):
            body = escaped(str(value.value), quote[0])
            yield body.replace("{", "{{").replace("}", "}}"), False
