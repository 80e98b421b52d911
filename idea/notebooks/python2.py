"""Turns Python 2 into Python 3: statements and names that Python 3 does not have."""

import io
import re
import tokenize
from collections.abc import Iterator

PRINT_STATEMENT = re.compile(r"(?:^|[:;])[ \t]*print[ \t]+(?:>>|[^\s(=.,:)\]+*/-])", re.M)
_TEXT = (
    (re.compile(r"^(\s*except\s+(?:[^:,(]+|\([^)]*\)))\s*,\s*(\w+)\s*:", re.M), r"\1 as \2:"),
    (re.compile(r"^(\s*raise\s+[\w.]+)\s*,\s*([^\n#]+?)[ \t]*$", re.M), r"\1(\2)"),
    (re.compile(r"([\w.]+(?:\[[^\][]*\])?)\.has_key\(([^()]*)\)"), r"(\2 in \1)"),
    (re.compile(r"\bfrom c?StringIO import\b"), "from io import"),
)
_NAMES = {
    "xrange": "range",
    "raw_input": "input",
    "unicode": "str",
    "unichr": "chr",
    "basestring": "str",
    "cPickle": "pickle",
}
_METHODS = {"iteritems": "items", "itervalues": "values", "iterkeys": "keys"}

_Change = tuple[int, int, str]  # from, to, what to write there
_Token = tuple[str, int, int, int]  # text, start, end, depth of brackets


def python3(code: str) -> str:
    """Replace statements and names of Python 2 by those of Python 3."""
    for pattern, replacement in _TEXT:
        code = pattern.sub(replacement, code)
    code = _replaced(code, _print_calls(code))
    return _replaced(code, _python3_names(code))


def _replaced(code: str, changes: Iterator[_Change]) -> str:
    # From the end, so that positions stay valid.
    for start, end, text in sorted(changes, reverse=True):
        code = code[:start] + text + code[end:]
    return code


def _statements(code: str) -> Iterator[list[_Token]]:
    """Give the tokens of each simple statement, as far as the code can be tokenized."""
    starts = [0, *(match.end() for match in re.finditer("\n", code))]
    depth, statement = 0, list[_Token]()
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT, tokenize.NL):
                continue
            depth -= token.string in (")", "]", "}")
            if token.type == tokenize.NEWLINE or (depth == 0 and token.string in (":", ";")):
                yield statement
                statement = []
            elif token.string:
                start, end = (starts[row - 1] + at for row, at in (token.start, token.end))
                statement.append((token.string, start, end, depth))
            depth += token.string in ("(", "[", "{")
    except (SyntaxError, tokenize.TokenError):
        pass
    yield statement


def _print_calls(code: str) -> Iterator[_Change]:
    """Put brackets around what print statements print."""
    for (word, start, end, _), *rest in filter(None, _statements(code)):
        if word != "print" or (rest and rest[0][0] == "="):
            continue
        closed_at = next(
            (at for at, token in enumerate(rest) if token[0] == ")" and not token[3]), -1
        )
        if rest and rest[0][0] == "(" and closed_at == len(rest) - 1:
            continue  # a call already
        options = []
        last = rest[-1][2] if rest else end
        if rest and rest[-1][0] == ",":
            options.append('end=" "')
            rest = rest[:-1]
        if rest and rest[0][0] == ">>":
            comma = next(
                (at for at, token in enumerate(rest) if token[0] == "," and not token[3]), 0
            )
            target = rest[1 : comma or None]
            options.append(f"file={code[target[0][1] : target[-1][2]]}")
            rest = rest[comma + 1 :] if comma else []
        printed = [code[rest[0][1] : rest[-1][2]]] if rest else []
        yield start, last, f"print({', '.join(printed + options)})"


def _python3_names(code: str) -> Iterator[_Change]:
    for statement in _statements(code):
        before = ""
        for word, start, end, _ in statement:
            if word in (_METHODS if before == "." else _NAMES):
                yield start, end, (_METHODS | _NAMES)[word]
            before = word
