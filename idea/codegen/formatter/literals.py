"""Strings and numbers as ruff writes them."""

import ast
import inspect


def quote_for(text: str) -> str:
    """Choose the quote of which fewer have to be escaped."""
    return "'" if text.count('"') > text.count("'") else '"'


def escaped(text: str, quote: str = "") -> str:
    """Escape a text as `repr` does, quotes only if they are the one given."""
    body = repr('"' + text)[2:-1].replace("\\'", "'")
    return body.replace(quote, "\\" + quote) if quote else body


def string(text: str, avoid: str = "") -> str:
    """Print a string; `avoid` is the quote of the f-string around it."""
    if "\\" in text and '"' not in text and text.isprintable() and not text.endswith("\\"):
        return f"r'{text}'" if avoid == '"' and "'" not in text else f'r"{text}"'
    quote = quote_for(text)
    if quote == avoid:
        quote = "'" if quote == '"' else '"'
    return quote + escaped(text, quote) + quote


def constant(value: object, avoid: str = "") -> str:
    """Print a constant; `avoid` is the quote of the f-string around it."""
    match value:
        case str():
            return string(value, avoid)
        case bytes():
            quote = quote_for(value.decode("latin-1"))
            body = repr(b'"' + value)[3:-1].replace("\\'", "'")
            return f"b{quote}{body.replace(quote, chr(92) + quote)}{quote}"
        case float() | complex():
            return repr(value).replace("inf", "1e309").replace("e+", "e")
        case _ if value is ...:
            return "..."
    return repr(value)


def docstring(text: str, indent: int) -> str:
    """Print a docstring, its lines indented by as many columns."""
    first, *rest = [escaped(line.rstrip()) for line in inspect.cleandoc(text).split("\n")]
    if first.startswith(" ") or (rest and all(line.startswith(" ") for line in rest if line)):
        first, rest = "", [first, *rest]  # or the indentation would be lost
    if first.startswith('"'):
        first = " " + first
    if not rest and (first.endswith('"') or not first):
        first += " "
    margin = "\n" + " " * indent
    lines = [first, *(margin + line if line else "\n" for line in rest), margin if rest else ""]
    body = "".join(lines).replace('"""', '\\"\\"\\"')
    return f'{margin[1:]}"""{body}"""\n'


def is_text(node: ast.expr) -> bool:
    """Say whether a string reads better over several lines."""
    match node:
        case ast.Constant(value=str(text)) if text.strip("\n").count("\n") > 1:
            plain = text.replace("\n", "").isprintable() and "\\" not in text
            return plain and '"""' not in text and not text.endswith('"')
    return False
