"""Print syntax trees in the style of `ruff format`, which must find nothing to change.

A tree becomes a document: text with the places where a line may break. What breaks, and which
parentheses appear with it, follows ruff's own rules (`ruff_python_formatter`), of which this is the
part that code without comments needs.
"""

import ast
import inspect
import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum

WIDTH = 100
STEP = 4


def layout(
    nodes: Sequence[ast.stmt],
    indent: int = 0,
    width: int = WIDTH,
    python: tuple[int, int] = (3, 11),
) -> str:
    """Print statements: a module's, or, indented, a function's body; `python` is the oldest."""
    printer = _Statements(nodes, width, python)
    return "".join(printer.suite(nodes, indent, "function" if indent else "module"))


# --- documents: text, and where it may break ---


@dataclass(eq=False)
class _Line:
    """A line break where the enclosing group is broken."""

    flat: str = ""


@dataclass(eq=False)
class _Group:
    """Breaks as a whole, or not at all; with `when`, only if that other group is broken."""

    doc: "_Doc" = ""
    when: "_Group | None" = None
    broken: bool = False


@dataclass(eq=False)
class _Indent:
    """Deeper by a step; with `when`, only if that group is broken."""

    doc: "_Doc"
    when: _Group | None = None


@dataclass(eq=False)
class _IfBroken:
    """One of two, by the enclosing group or by the one named."""

    broken: "_Doc"
    flat: "_Doc" = ""
    group: _Group | None = None


@dataclass(eq=False)
class _Spill:
    """May break although all around it stays on one line: what is between brackets."""

    doc: "_Doc"
    group: _Group | None = None


@dataclass(eq=False)
class _BestFit(_Group):
    """Goes into parentheses if that makes it fit."""


@dataclass(eq=False)
class _Choice:
    """The first that fits, or the last."""

    variants: "Sequence[_Doc]"


_Doc = str | tuple["_Doc", ...] | _Line | _Group | _Indent | _IfBroken | _Spill | _Choice

_HARD = _Line("\n")


class _Measure(Enum):
    """What has to fit: up to the first break, every line, or the lines but not the text."""

    FIRST = 1
    ALL = 2
    OVERFLOW = 3


def _text_width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


class _Printer:
    """Prints a document; a group is broken if what is up to the next break would not fit."""

    def __init__(self, width: float) -> None:
        self.width = width
        self.column = 0
        self.out: list[str] = []
        self.broken: dict[_Group, bool] = {}
        self.measured = False  # that all of what is printed flat now fits

    def print(self, doc: _Doc, indent: int) -> str:
        """Print one document, from the start of a line."""
        self.out, self.column = [" " * indent], indent
        stack: list[tuple[int, bool, _Doc]] = [(indent, True, doc)]
        while stack:
            indent, broken, doc = stack.pop()
            match doc:
                case str():
                    self.out.append(doc)
                    self.column += _text_width(doc)
                case tuple():
                    stack.extend((indent, broken, part) for part in reversed(doc))
                case _Line() if broken or doc is _HARD:
                    self.out.append("\n" + " " * indent)
                    self.column, self.measured = indent, False
                case _Line(flat):
                    self.out.append(flat)
                    self.column += len(flat)
                case _Indent(inner, when):
                    deeper = STEP if when is None or self.broken[when] else 0
                    stack.append((indent + deeper, broken, inner))
                case _IfBroken(yes, no, group):
                    chosen = broken if group is None else self.broken[group]
                    stack.append((indent, broken, yes if chosen else no))
                case _Spill(inner, group):
                    if group is None or not self.broken[group]:
                        self.measured = False
                    stack.append((indent, broken, inner))
                case _BestFit(inner):
                    within: _Doc = ("(", _Indent((_HARD, inner)), _HARD, ")")
                    if not self._flat(doc, indent, broken, stack):
                        self.broken[doc] = True
                        trial = (indent, broken, _Measure.ALL, within)
                        self.broken[doc] = self._fits([trial], stack)
                    chosen = self.broken[doc]
                    stack.append((indent, chosen, within if chosen else inner))
                case _Group(inner, when):
                    if when is None or self.broken[when]:
                        broken = not self._flat(doc, indent, broken, stack)
                    stack.append((indent, broken, inner))
                case _Choice(variants) if self.measured and not broken:
                    stack.append((indent, broken, variants[0]))
                case _Choice(variants):
                    for variant in variants[:-1]:
                        if self._fits([(indent, False, _Measure.FIRST, variant)], stack):
                            self.measured = True
                            stack.append((indent, False, variant))
                            break
                    else:
                        stack.append((indent, True, variants[-1]))
        return "".join(self.out)

    def _flat(
        self, group: _Group, indent: int, broken: bool, rest: list[tuple[int, bool, _Doc]]
    ) -> bool:
        self.broken[group] = group.broken
        if not group.broken and (broken or not self.measured):
            self.measured = True
            trial = (indent, False, _Measure.FIRST, group.doc)
            self.broken[group] = not self._fits([trial], rest)
        return not self.broken[group]

    def _fits(
        self,
        todo: list[tuple[int, bool, _Measure, _Doc]],
        rest: list[tuple[int, bool, _Doc]],
    ) -> bool:
        column, left = self.column, len(rest)
        while todo or left:
            if todo:
                indent, broken, measure, doc = todo.pop()
            else:
                left -= 1
                indent, broken, doc = rest[left]
                measure = _Measure.FIRST
            match doc:
                case str():
                    first, newline, _ = doc.partition("\n")
                    column += _text_width(first)
                    if newline and column <= self.width:
                        return True
                case tuple():
                    todo.extend((indent, broken, measure, part) for part in reversed(doc))
                case _Line() if broken or doc is _HARD:
                    if measure is _Measure.FIRST:
                        return True
                    column = indent
                case _Line(flat):
                    column += len(flat)
                case _Indent(inner, when):
                    deeper = STEP if when is None or self.broken[when] else 0
                    todo.append((indent + deeper, broken, measure, inner))
                case _IfBroken(yes, no, group):
                    chosen = broken if group is None else self.broken[group]
                    todo.append((indent, broken, measure, yes if chosen else no))
                case _Spill(inner, group):
                    if not broken and (group is None or not self.broken[group]):
                        broken, measure = True, _Measure.OVERFLOW
                    todo.append((indent, broken, measure, inner))
                case _Group(inner, when):
                    broken = broken or (doc.broken and when is None)
                    self.broken[doc] = broken
                    todo.append((indent, broken, measure, inner))
                case _Choice(variants):
                    todo.append((indent, broken, measure, variants[-1 if broken else 0]))
            if column > self.width and measure is not _Measure.OVERFLOW:
                return False
        return True


def _flatten(doc: _Doc) -> str:
    return _Printer(math.inf).print(_Group(doc), 0)


# --- expressions ---


# How tightly an expression binds.
_Tight = IntEnum(
    "_Tight",
    "NAMED TEST OR AND NOT COMPARE PIPE CARET AMP SHIFT ADD MULTIPLY SIGN POWER AWAIT ATOM ALL",
)

_BINARY: dict[type[ast.AST], tuple[str, _Tight]] = {
    ast.Add: ("+", _Tight.ADD),
    ast.Sub: ("-", _Tight.ADD),
    ast.Mult: ("*", _Tight.MULTIPLY),
    ast.MatMult: ("@", _Tight.MULTIPLY),
    ast.Div: ("/", _Tight.MULTIPLY),
    ast.FloorDiv: ("//", _Tight.MULTIPLY),
    ast.Mod: ("%", _Tight.MULTIPLY),
    ast.LShift: ("<<", _Tight.SHIFT),
    ast.RShift: (">>", _Tight.SHIFT),
    ast.BitOr: ("|", _Tight.PIPE),
    ast.BitXor: ("^", _Tight.CARET),
    ast.BitAnd: ("&", _Tight.AMP),
    ast.Pow: ("**", _Tight.POWER),
    ast.And: ("and", _Tight.AND),
    ast.Or: ("or", _Tight.OR),
    ast.Eq: ("==", _Tight.COMPARE),
    ast.NotEq: ("!=", _Tight.COMPARE),
    ast.Lt: ("<", _Tight.COMPARE),
    ast.LtE: ("<=", _Tight.COMPARE),
    ast.Gt: (">", _Tight.COMPARE),
    ast.GtE: (">=", _Tight.COMPARE),
    ast.Is: ("is", _Tight.COMPARE),
    ast.IsNot: ("is not", _Tight.COMPARE),
    ast.In: ("in", _Tight.COMPARE),
    ast.NotIn: ("not in", _Tight.COMPARE),
}
_UNARY: dict[type[ast.unaryop], str] = {
    ast.Not: "not ",
    ast.Invert: "~",
    ast.UAdd: "+",
    ast.USub: "-",
}
_Access = ast.Attribute | ast.Call | ast.Subscript
_Binary = ast.BinOp | ast.Compare | ast.BoolOp
_Brackets = (
    ast.List
    | ast.Dict
    | ast.Set
    | ast.Tuple
    | ast.ListComp
    | ast.DictComp
    | ast.SetComp
    | ast.GeneratorExp
)


def _tight(node: ast.expr) -> _Tight:
    match node:
        case ast.NamedExpr() | ast.Yield() | ast.YieldFrom():
            return _Tight.NAMED
        case ast.Lambda() | ast.IfExp():
            return _Tight.TEST
        case ast.BoolOp(op=op) | ast.BinOp(op=op):
            return _BINARY[type(op)][1]
        case ast.Compare():
            return _Tight.COMPARE
        case ast.UnaryOp(op=ast.Not()):
            return _Tight.NOT
        case ast.UnaryOp():
            return _Tight.SIGN
        case ast.Constant(value=int() | float() as number) if number < 0:
            return _Tight.SIGN
        case ast.Await():
            return _Tight.AWAIT
    return _Tight.ATOM


def _is_power(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)


def _inner(node: _Access) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node.value


def _least(node: ast.AST) -> Iterator[tuple[ast.expr, _Tight]]:
    """Pair the expressions below a node with how tightly each must bind without parentheses."""
    match node:
        case ast.BoolOp(values=values):  # not `a or b and c`, which makes one think
            yield from ((value, _Tight.NOT) for value in values)
        case ast.BinOp(left=left, right=right, op=ast.Pow()):
            yield from ((left, _Tight.AWAIT), (right, _Tight.SIGN))
        case ast.BinOp(left=left, right=right):
            tight = _tight(node)
            yield from ((left, tight), (right, _Tight(tight + 1)))
        case ast.Compare(left=left, comparators=others):
            yield from ((operand, _Tight.PIPE) for operand in (left, *others))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand, _Tight.NOT
        case ast.UnaryOp(operand=operand):
            yield operand, _Tight.ATOM if _is_power(operand) else _Tight.SIGN
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield from ((body, _Tight.OR), (test, _Tight.OR), (orelse, _Tight.TEST))
        case ast.Attribute(value=ast.Constant(value=int() | float()) as number):
            yield number, _Tight.ALL
        case ast.Attribute() | ast.Call() | ast.Subscript():
            yield _inner(node), _Tight.ATOM
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr) and child is not _inner(node):
                    named = isinstance(node, ast.Call) and isinstance(child, ast.NamedExpr)
                    yield child, _Tight.NAMED if named else _Tight.TEST
        case ast.Await(value=value):
            yield value, _Tight.ATOM
        case ast.Starred(value=value):
            yield value, _Tight.PIPE
        case ast.comprehension(iter=iterated, ifs=ifs):
            yield from ((part, _Tight.OR) for part in (iterated, *ifs))
        case ast.Dict(keys=keys, values=values):
            yield from ((key, _Tight.TEST) for key in keys if key)
            for key, value in zip(keys, values, strict=True):
                yield value, _Tight.TEST if key else _Tight.PIPE
        case ast.FormattedValue(value=ast.Lambda() as function):
            yield function, _Tight.OR
        case ast.If(test=test) | ast.While(test=test) | ast.match_case(guard=ast.expr() as test):
            yield test, _Tight.NAMED
        case ast.Expr(value=value) | ast.Assign(value=value) | ast.AugAssign(value=value):
            named = isinstance(value, ast.NamedExpr)
            yield value, _Tight.TEST if named else _Tight.NAMED
        case _:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    yield child, _Tight.TEST


def _quotes(text: str) -> str:
    return "'" if text.count('"') > text.count("'") else '"'


def _escaped(text: str, quote: str = "") -> str:
    body = repr('"' + text)[2:-1].replace("\\'", "'")
    return body.replace(quote, "\\" + quote) if quote else body


def _string(text: str, avoid: str = "") -> str:
    if "\\" in text and '"' not in text and text.isprintable() and not text.endswith("\\"):
        return f"r'{text}'" if avoid == '"' and "'" not in text else f'r"{text}"'
    quote = _quotes(text)
    if quote == avoid:
        quote = "'" if quote == '"' else '"'
    return quote + _escaped(text, quote) + quote


def _constant(value: object, avoid: str = "") -> str:
    match value:
        case str():
            return _string(value, avoid)
        case bytes():
            quote = _quotes(value.decode("latin-1"))
            body = repr(b'"' + value)[3:-1].replace("\\'", "'")
            return f"b{quote}{body.replace(quote, chr(92) + quote)}{quote}"
        case float() | complex():
            return repr(value).replace("inf", "1e309").replace("e+", "e")
        case _ if value is ...:
            return "..."
    return repr(value)


class _Need(Enum):
    """When an expression goes into parentheses that the language does not ask for."""

    MULTILINE = 1
    BEST_FIT = 2
    NEVER = 3


class _Prefer(Enum):
    """What the place of an expression says about such parentheses."""

    IF_BREAKS = 1
    OPTIONAL = 2
    PARENTHESIZED = 3


# Where an expression stands: outside brackets (None), in brackets, or in a group that becomes
# parentheses when it breaks.
_Level = _Group | None
_INSIDE = _Group()


def _soft(level: _Level, flat: str = " ") -> _Doc:
    if level is None:
        return flat
    return _Line(flat) if level is _INSIDE else _IfBroken(_Line(flat), flat, level)


def _spaced(level: _Level) -> _Doc:
    """Make a space that is only there where operators begin lines."""
    if level is None:
        return ""
    return _IfBroken(" ") if level is _INSIDE else _IfBroken(" ", "", level)


def _grouped(level: _Level, doc: _Doc) -> _Doc:
    if level is None:
        return doc
    return _Group(doc) if level is _INSIDE else _Group(doc, level)


def _brackets(left: str, doc: _Doc, right: str, level: _Level) -> _Doc:
    body: _Doc = _Group((_Indent((_Line(), doc)), _Line()))
    if level is not None and level is not _INSIDE:
        body = _Spill(body, level)
    return (left, body, right)


def _parentheses(build: Callable[[_Level], _Doc], inside: bool = True) -> _Group:
    """Parentheses that appear where the group breaks; what is inside may spill unless `inside`."""
    group = _Group()
    group.doc = (
        _IfBroken("("),
        _Indent((_Line(), build(_INSIDE if inside else group)), group),
        _Line(),
        _IfBroken(")"),
    )
    return group


def _joined(docs: Iterable[_Doc], separator: _Doc) -> _Doc:
    parts: list[_Doc] = []
    for doc in docs:
        parts += [separator, doc] if parts else [doc]
    return tuple(parts)


def _commas(docs: Sequence[_Doc], always: bool = False) -> _Doc:
    trailing = _IfBroken(",") if always or len(docs) > 1 else ""
    return (_joined(docs, (",", _Line(" "))), trailing)


class _Expressions:
    """Makes documents of expressions."""

    def __init__(self, roots: Iterable[ast.AST]) -> None:
        self.wrapped: set[ast.AST] = set()  # in parentheses that the language asks for
        self.bare: set[ast.AST] = set()  # tuples and generators without their own
        self.avoid = ""  # the quote of the f-string around
        for node in (node for root in roots for node in ast.walk(root)):
            self.wrapped.update(child for child, least in _least(node) if _tight(child) < least)
            match node:
                case ast.Call(args=[ast.GeneratorExp() as alone], keywords=[]):
                    self.bare.add(alone)
                case ast.Subscript(slice=ast.Tuple(elts=[_, _, *_]) as several):
                    self.bare.add(several)

    def expr(self, node: ast.expr, level: _Level) -> _Doc:
        """Make the document of an expression."""
        if node in self.wrapped:
            return _brackets("(", self.unwrapped(node, _INSIDE), ")", level)
        return self.unwrapped(node, level)

    def exprs(self, nodes: Iterable[ast.expr]) -> list[_Doc]:
        """Make the documents of what is inside brackets."""
        return [self.expr(node, _INSIDE) for node in nodes]

    def unwrapped(self, node: ast.expr, level: _Level) -> _Doc:
        """Make the document of an expression without parentheses of its own."""
        match node:
            case ast.Constant(value=value):
                return _constant(value, self.avoid)
            case ast.Name(id=name):
                return name
            case ast.JoinedStr():
                return self.f_string(node)
            case ast.Attribute() | ast.Call() | ast.Subscript():
                return self.access(node, level)
            case ast.BinOp() | ast.Compare() | ast.BoolOp():
                return _grouped(level, self.binary(list(self.operands(node)), level))
            case ast.UnaryOp(op=op, operand=operand):
                return (_UNARY[type(op)], self.expr(operand, level))
            case ast.IfExp():
                return _grouped(level, self.conditional(node, level))
            case ast.Lambda():
                return self.function(node, level)
            case ast.NamedExpr(target=target, value=value):
                return (
                    _Group((self.expr(target, level), _soft(level))),
                    ":= ",
                    self.expr(value, level),
                )
            case ast.Starred(value=value):
                return ("*", self.expr(value, level))
            case ast.Await(value=value):
                return ("await ", self.optional(value, level=level))
            case ast.Yield(value=None):
                return "yield"
            case ast.Yield(value=ast.expr() as value):
                return ("yield ", self.optional(value, _Prefer.OPTIONAL, level))
            case ast.YieldFrom(value=value):
                return ("yield from ", self.optional(value, _Prefer.OPTIONAL, level))
            case ast.Slice():
                return self.span(node)
            case ast.Tuple(elts=elts):
                return self.elements(node, elts, level)
            case ast.List(elts=[]):
                return "[]"
            case ast.List(elts=elts):
                return _brackets("[", _commas(self.exprs(elts)), "]", level)
            case ast.Set(elts=elts):
                return _brackets("{", _commas(self.exprs(elts)), "}", level)
            case ast.Dict(keys=[]):
                return "{}"
            case ast.Dict(keys=keys, values=values):
                pairs = [self.pair(k, v) for k, v in zip(keys, values, strict=True)]
                return _brackets("{", _commas(pairs), "}", level)
            case ast.ListComp(elt=elt):
                return _brackets("[", _Group(self.loop(elt, node.generators)), "]", level)
            case ast.SetComp(elt=elt):
                return _brackets("{", _Group(self.loop(elt, node.generators)), "}", level)
            case ast.DictComp(key=key, value=value):
                loop = self.loop(key, node.generators, value)
                return _brackets("{", _Group(loop), "}", level)
            case ast.GeneratorExp(elt=elt):
                loop = self.loop(elt, node.generators)
                return loop if node in self.bare else _brackets("(", _Group(loop), ")", level)
        return ast.unparse(node)

    def access(self, node: _Access, level: _Level, chain: bool | None = None) -> _Doc:
        """Make the document of calls, attributes and subscripts in a row."""
        is_root = chain is None
        if chain is None:
            chain = level is not None and self.is_chain(node)
        inner = _inner(node)
        doc = (
            self.access(inner, level, chain)
            if isinstance(inner, _Access) and inner not in self.wrapped
            else self.expr(inner, level)
        )
        match node:
            case ast.Attribute(attr=attr):
                doc = (doc, _Line() if chain and self.is_link(inner) else "", "." + attr)
            case ast.Call(args=args, keywords=keywords):
                doc = (doc, self.arguments(args, keywords, level))
            case ast.Subscript(slice=part):
                doc = (doc, _brackets("[", self.expr(part, _INSIDE), "]", level))
        return _Group(doc) if is_root and chain else doc

    def is_link(self, node: ast.expr) -> bool:
        """Say whether a dot after this expression may begin a line."""
        return node in self.wrapped or isinstance(node, ast.Call | ast.Subscript)

    def is_chain(self, node: ast.expr) -> bool:
        """Say whether calls in a row go one below the other when they break."""
        calls = 0
        while isinstance(node, _Access):
            inner = _inner(node)
            calls += isinstance(node, ast.Attribute) and self.is_link(inner)
            if inner in self.wrapped:
                break
            node = inner
        return calls > 1

    def arguments(
        self, args: Sequence[ast.expr], keywords: Sequence[ast.keyword], level: _Level
    ) -> _Doc:
        """Make the document of a call's parentheses."""
        docs = self.exprs(args)
        for keyword in keywords:
            name = f"{keyword.arg}=" if keyword.arg else "**"
            docs.append((name, self.expr(keyword.value, _INSIDE)))
        return _brackets("(", _Group(_commas(docs)), ")", level) if docs else "()"

    def operands(self, node: _Binary) -> Iterator[ast.AST]:
        """List operands and operators from left to right, through what has no parentheses."""
        operators: Sequence[ast.AST]
        match node:
            case ast.BinOp():
                parts, operators = [node.left, node.right], [node.op]
            case ast.Compare():
                parts, operators = [node.left, *node.comparators], node.ops
            case ast.BoolOp():
                parts, operators = node.values, [node.op] * (len(node.values) - 1)
        for i, part in enumerate(parts):
            if i:
                yield operators[i - 1]
            if isinstance(part, _Binary) and part not in self.wrapped:
                yield from self.operands(part)
            else:
                yield part

    def binary(self, parts: list[ast.AST], level: _Level) -> _Doc:
        """Make the document of operands and operators; the loosest ones break first."""
        if len(parts) == 1:
            return self.expr(parts[0], level)  # type: ignore[arg-type]
        loosest = min(_BINARY[type(operator)][1] for operator in parts[1::2])
        docs: list[_Doc] = []
        start = 0
        for i in [*range(1, len(parts), 2), len(parts)]:
            if i < len(parts) and _BINARY[type(parts[i])][1] != loosest:
                continue
            doc = self.binary(parts[start:i], level)
            docs.append(doc if i - start == 1 else _grouped(level, doc))
            if i < len(parts):
                hugs = isinstance(parts[i], ast.Pow) and self.are_simple(parts[i - 1], parts[i + 1])
                symbol = _BINARY[type(parts[i])][0]
                docs += [_soft(level, "" if hugs else " "), symbol, _spaced(level) if hugs else " "]
            start = i + 1
        return tuple(docs)

    def are_simple(self, *operands: ast.AST) -> bool:
        """Say whether a power's operands let it go without spaces."""

        def simple(node: ast.AST) -> bool:
            match node:
                case ast.Name() | ast.Constant(value=None | bool() | int() | float() | complex()):
                    return True
                case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert(), operand=inner):
                    return simple(inner)
                case ast.Attribute(value=inner):
                    return simple(inner)
            return False

        return all(simple(operand) and operand not in self.wrapped for operand in operands)

    def conditional(self, node: ast.IfExp, level: _Level) -> _Doc:
        """Make the document of `a if b else c`."""
        orelse: _Doc
        if isinstance(node.orelse, ast.IfExp):
            orelse = self.conditional(node.orelse, level)
        else:
            orelse = _grouped(level, self.expr(node.orelse, level))
        return (
            self.expr(node.body, level),
            _soft(level),
            "if ",
            self.expr(node.test, level),
            _soft(level),
            "else ",
            orelse,
        )

    def function(self, node: ast.Lambda, level: _Level, spills: bool = False) -> _Doc:
        """Make the document of a lambda, whose parameters never break."""
        head = ("lambda " + _flatten(_joined(self.parameters(node.args), ", "))).rstrip() + ": "
        wants = self.need(node.body)
        body: _Doc
        if node.body in self.wrapped:
            body = self.expr(node.body, level)
        elif wants is not _Need.MULTILINE and isinstance(node.body, ast.Call | ast.Subscript):
            flat = self.unwrapped(node.body, level)
            parenthesized = ("(", _Indent((_HARD, flat)), _HARD, ")")
            body = _Choice((flat, _Group(flat, broken=True), parenthesized))
        elif wants is not _Need.MULTILINE and self.own(node.body) is not None:
            body = self.unwrapped(node.body, level)
        else:
            body = _parentheses(lambda inner: self.unwrapped(node.body, inner))
        return (head, _Spill(body) if spills else body)

    def parameters(self, args: ast.arguments) -> list[_Doc]:
        """Make the documents of a function's parameters."""

        def one(arg: ast.arg, default: ast.expr | None = None) -> _Doc:
            doc: _Doc = arg.arg
            if arg.annotation:
                doc = (doc, ": ", self.expr(arg.annotation, _INSIDE))
            if default:
                doc = (doc, " = " if arg.annotation else "=", self.expr(default, _INSIDE))
            return doc

        positional = args.posonlyargs + args.args
        defaults = [None] * (len(positional) - len(args.defaults)) + args.defaults
        docs = [one(arg, default) for arg, default in zip(positional, defaults, strict=True)]
        if args.posonlyargs:
            docs.insert(len(args.posonlyargs), "/")
        if args.vararg:
            docs.append(("*", one(args.vararg)))
        elif args.kwonlyargs:
            docs.append("*")
        docs += [one(*pair) for pair in zip(args.kwonlyargs, args.kw_defaults, strict=True)]
        if args.kwarg:
            docs.append(("**", one(args.kwarg)))
        return docs

    def span(self, node: ast.Slice) -> _Doc:
        """Make the document of `a:b:c`."""

        def simple(part: ast.expr) -> bool:
            if isinstance(part, ast.UnaryOp) and not isinstance(part.op, ast.Not):
                return simple(part.operand)
            return isinstance(part, ast.Constant | ast.Name)

        lower, upper, step = node.lower, node.upper, node.step
        space = "" if all(simple(part) for part in (lower, upper, step) if part) else " "
        docs: list[_Doc] = []
        if lower:
            docs += [self.expr(lower, _INSIDE), space]
        docs.append(":")
        if upper:
            docs += [space, self.expr(upper, _INSIDE)]
        if step:
            docs += [space if upper else "", ":", space, self.expr(step, _INSIDE)]
        return tuple(docs)

    def elements(self, node: ast.AST, elts: Sequence[ast.expr], level: _Level) -> _Doc:
        """Make the document of a tuple."""
        if not elts:
            return "()"
        docs = self.exprs(elts)
        if len(elts) == 1:
            return _brackets("(", (docs[0], ","), ")", level)
        if node in self.bare:
            return _Group(_commas(docs))
        return _brackets("(", _commas(docs), ")", level)

    def pair(self, key: ast.expr | None, value: ast.expr) -> _Doc:
        """Make the document of a dictionary's item."""
        start: _Doc = (self.expr(key, _INSIDE), ": ") if key else "**"
        return _Group((start, self.expr(value, _INSIDE)))

    def loop(
        self, elt: ast.expr, loops: Sequence[ast.comprehension], value: ast.expr | None = None
    ) -> _Doc:
        """Make the document of a comprehension."""
        first: _Doc = self.expr(elt, _INSIDE)
        if value:
            first = (first, ": ", self.expr(value, _INSIDE))
        docs: list[_Doc] = [_Group(first)]
        for each in loops:
            targets = each.target.elts if isinstance(each.target, ast.Tuple) else [each.target]
            docs += [_Line(" "), "async for " if each.is_async else "for "]
            docs.append(
                _joined(self.exprs(targets), ", ")
                if len(targets) > 1
                else self.expr(each.target, _INSIDE)
            )
            docs += [" in ", self.expr(each.iter, _INSIDE)]
            for test in each.ifs:
                docs += [_Line(" "), "if ", self.expr(test, _INSIDE)]
        return tuple(docs)

    def f_string(self, node: ast.JoinedStr) -> str:
        """Print an f-string, where a quote cannot be used twice before Python 3.12."""
        literal = "".join(str(p.value) for p in node.values if isinstance(p, ast.Constant))
        preferred = _quotes(literal)
        quotes = [preferred, "'" if preferred == '"' else '"', '"""', "'''"]
        outside = self.avoid
        texts = []
        for quote in quotes:
            self.avoid = quote[0]
            parts = list(self.f_string_parts(node.values, quote))
            text = f"f{quote}{''.join(part for part, _ in parts)}{quote}"
            texts.append(text)
            if quote[0] != outside and not any(
                inside and (quote in part or "\\" in part) for part, inside in parts
            ):
                break
        else:
            text = texts[0]
        self.avoid = outside
        return text

    def f_string_parts(self, values: Sequence[ast.expr], quote: str) -> Iterator[tuple[str, bool]]:
        """Print the parts of an f-string, and say which are expressions."""
        for value in values:
            if isinstance(value, ast.FormattedValue):
                text = _flatten(self.expr(value.value, _INSIDE))
                after = f"!{chr(value.conversion)}" if value.conversion != -1 else ""
                spec = value.format_spec
                spaced = text.startswith("{")
                yield ("{ " if spaced else "{") + text + after, True
                if isinstance(spec, ast.JoinedStr):
                    yield ":", False
                    yield from self.f_string_parts(spec.values, quote)
                yield " }" if spaced and not after and not spec else "}", False
            elif isinstance(value, ast.Constant):
                body = _escaped(str(value.value), quote[0])
                yield body.replace("{", "{{").replace("}", "}}"), False

    def own(self, node: ast.expr) -> bool | None:
        """Say whether an expression ends in brackets with something in them; None if in none."""
        match node:
            case ast.Tuple() | ast.GeneratorExp() if node in self.bare:
                return None
            case ast.List(elts=elts) | ast.Set(elts=elts) | ast.Tuple(elts=elts):
                return bool(elts)
            case ast.Dict(values=values):
                return bool(values)
            case ast.Call(args=args, keywords=keywords):
                return bool(args or keywords)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return True
            case ast.Subscript():
                return True
        return None

    def need(self, node: ast.expr) -> _Need:
        """Say when an expression wants parentheses."""
        match node:
            case ast.Attribute() | ast.Call() | ast.Subscript():
                if self.is_chain(node):
                    return _Need.MULTILINE
                inner = _inner(node)
                return _Need.NEVER if inner in self.wrapped else self.need(inner)
            case ast.UnaryOp(operand=inner) | ast.Await(value=inner):
                return _Need.NEVER if inner in self.wrapped else self.need(inner)
            case ast.Yield(value=None):
                return _Need.NEVER
            case ast.Yield(value=ast.expr() as inner) | ast.YieldFrom(value=inner):
                breaks = inner not in self.wrapped and self.need(inner) is _Need.MULTILINE
                return _Need.MULTILINE if breaks else _Need.NEVER
            case ast.Constant() | ast.Name() | ast.JoinedStr():
                return _Need.BEST_FIT
        return _Need.NEVER if isinstance(node, _Brackets) else _Need.MULTILINE

    def optional(
        self, node: ast.expr, prefer: _Prefer = _Prefer.IF_BREAKS, level: _Level = None
    ) -> _Doc:
        """Make the document of an expression, in parentheses where they help."""
        if node in self.wrapped:
            return self.expr(node, level)
        need = self.need(node)
        if level is not None or need is _Need.NEVER:
            return self.unwrapped(node, level)
        if need is _Need.BEST_FIT and prefer is not _Prefer.PARENTHESIZED:
            if prefer is _Prefer.OPTIONAL:
                return self.unwrapped(node, None)
            fit = _BestFit()
            fit.doc = self.unwrapped(node, fit)
            return fit
        return _parentheses(lambda inner: self.unwrapped(node, inner), not self.can_spill(node))

    def can_spill(self, node: ast.expr) -> bool:
        """Say whether breaking in an expression's own brackets reads well enough."""
        ends = _Ends(self)
        ends.visit(node)
        if not ends.brackets or ends.count > 1:
            return False
        if ends.loosest is None or ends.loosest > _Tight.AWAIT:
            return True
        return any(
            end is not None
            and not (isinstance(end, ast.Subscript) and end not in self.wrapped)
            and (end in self.wrapped or self.own(end) is True)
            for end in (ends.first, ends.last)
        )


class _Ends:
    """Looks at an expression from outside its brackets: both ends, and the loosest operators."""

    def __init__(self, code: _Expressions) -> None:
        self.code = code
        self.loosest: _Tight | None = None
        self.count = 0
        self.brackets = False
        self.first: ast.expr | None = None
        self.begun = False
        self.last: ast.expr | None = None

    def visit(self, node: ast.expr) -> None:
        """Look at an expression, whether or not it has parentheses."""
        match node:
            case ast.Call() | ast.Subscript():
                self.brackets = True
                self.child(_inner(node))
                self.last = node
            case ast.Attribute(value=value):
                self.child(value)
                if value in self.code.wrapped or self.code.own(value) is not None:
                    self.operator(_Tight.ATOM)
                self.last = node
            case ast.Tuple() | ast.GeneratorExp() if node in self.code.bare:
                pass
            case _ if isinstance(node, _Brackets):
                self.brackets = True
            case ast.BinOp(left=left, op=op, right=right):
                self.operator(_BINARY[type(op)][1])
                self.children(left, right)
            case ast.BoolOp(values=values):
                self.operator(_Tight.AND, len(values) - 1)
                self.children(*values)
            case ast.Compare(left=left, comparators=others):
                self.operator(_Tight.COMPARE, len(others))
                self.children(left, *others)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.operator(_Tight.TEST, 2)
                self.children(body, test, orelse)
            case ast.UnaryOp(op=op, operand=operand):
                if isinstance(op, ast.Invert):
                    self.operator(_Tight.SIGN)
                self.begun = True
                self.child(operand)
            case ast.Await(value=value) | ast.Starred(value=value) | ast.YieldFrom(value=value):
                self.begun = True
                self.child(value)
            case ast.Yield(value=ast.expr() as value) | ast.Lambda(body=value):
                self.begun = True
                self.child(value)
            case ast.NamedExpr(target=target, value=value):
                self.children(target, value)

    def children(self, *nodes: ast.expr) -> None:
        """Look at expressions from left to right."""
        for node in nodes:
            self.child(node)

    def child(self, node: ast.expr) -> None:
        """Look at an expression unless it has parentheses."""
        self.last = node
        if node in self.code.wrapped:
            self.brackets = True
        else:
            self.visit(node)
        if not self.begun:
            self.begun, self.first = True, node

    def operator(self, tight: _Tight, count: int = 1) -> None:
        """Count the loosest operators."""
        if self.loosest is None or tight < self.loosest:
            self.loosest, self.count = tight, count
        elif tight == self.loosest:
            self.count += count


# --- statements ---

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _is_docstring(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False


def _ends_in_definition(node: ast.stmt) -> bool:
    while not isinstance(node, _DEFINITIONS):
        blocks = [getattr(node, name, None) for name in ("finalbody", "orelse", "handlers", "body")]
        block = next((block for block in blocks if block), None)
        if block is None:
            return False
        node = block[-1]
    return True


def _docstring(text: str, indent: int) -> str:
    first, *rest = [_escaped(line.rstrip()) for line in inspect.cleandoc(text).split("\n")]
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


def _is_text(node: ast.expr) -> bool:
    """Say whether a string reads better over several lines."""
    match node:
        case ast.Constant(value=str(text)) if text.strip("\n").count("\n") > 1:
            plain = text.replace("\n", "").isprintable() and "\\" not in text
            return plain and '"""' not in text and not text.endswith('"')
    return False


def _is_filled(node: ast.pattern) -> bool:
    """Say whether a pattern ends in brackets with something in them."""
    match node:
        case ast.MatchSequence(patterns=[_, *_]) | ast.MatchMapping(keys=[_, *_]):
            return True
        case ast.MatchClass(patterns=[_, *_]):
            return True
    return False


class _Statements(_Expressions):
    """Prints statements."""

    def __init__(self, nodes: Sequence[ast.stmt], width: int, python: tuple[int, int]) -> None:
        super().__init__(nodes)
        self.width = width
        self.python = python

    def line(self, doc: _Doc, indent: int) -> str:
        """Print a statement, or the head of one."""
        return _Printer(self.width).print(doc, indent) + "\n"

    def suite(self, nodes: Sequence[ast.stmt], indent: int, kind: str) -> Iterator[str]:
        """Print statements one after the other, with the blank lines between them."""
        previous: ast.stmt | None = None
        for node in nodes:
            if previous is None:
                if kind == "block" and isinstance(node, _DEFINITIONS):
                    yield "\n"
            elif isinstance(node, _DEFINITIONS) or _ends_in_definition(previous):
                yield "\n\n" if kind == "module" else "\n"
            elif isinstance(previous, ast.Import | ast.ImportFrom):
                if not isinstance(node, ast.Import | ast.ImportFrom):
                    yield "\n"
            elif previous is nodes[0] and _is_docstring(previous) and kind in ("module", "class"):
                yield "\n"
            if previous is None and kind != "block" and _is_docstring(node):
                yield _docstring(node.value.value, indent)  # type: ignore[attr-defined]
            else:
                yield from self.statement(node, indent)
            previous = node

    def statement(self, node: ast.stmt, indent: int) -> Iterator[str]:
        """Print a statement."""
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield from self.definition(node, indent)
            case ast.If():
                yield from self.condition(node, indent)
            case ast.For() | ast.AsyncFor():
                start = "async for " if isinstance(node, ast.AsyncFor) else "for "
                head = (start, self.target(node.target), " in ", self.optional(node.iter), ":")
                yield from self.block(head, node.body, indent)
                yield from self.block("else:", node.orelse, indent)
            case ast.While(test=test, body=body, orelse=orelse):
                yield from self.block(("while ", self.optional(test), ":"), body, indent)
                yield from self.block("else:", orelse, indent)
            case ast.With() | ast.AsyncWith():
                start = "async with " if isinstance(node, ast.AsyncWith) else "with "
                yield from self.block((start, self.managers(node.items), ":"), node.body, indent)
            case ast.Try() | ast.TryStar():
                yield from self.block("try:", node.body, indent)
                for handler in node.handlers:
                    start = "except*" if isinstance(node, ast.TryStar) else "except"
                    yield from self.block((start, self.caught(handler), ":"), handler.body, indent)
                yield from self.block("else:", node.orelse, indent)
                yield from self.block("finally:", node.finalbody, indent)
            case ast.Match(subject=subject, cases=cases):
                yield self.line(("match ", self.optional(subject), ":"), indent)
                for each in cases:
                    guard: _Doc = ""
                    if each.guard:
                        guard = (" if ", self.optional(each.guard, _Prefer.PARENTHESIZED))
                    case = ("case ", self.case(each.pattern), guard, ":")
                    yield from self.block(case, each.body, indent + STEP)
            case _:
                yield self.line(self.simple(node), indent)

    def caught(self, node: ast.ExceptHandler) -> _Doc:
        """Make the document of what follows `except`."""
        if node.type is None:
            return ""
        if node.name:
            return (" ", self.optional(node.type), f" as {node.name}")
        bare = self.python >= (3, 14)  # which no longer asks for parentheses
        return (" ", self.target(node.type) if bare else self.optional(node.type))

    def case(self, node: ast.pattern) -> _Doc:
        """Make the document of what a case matches, in parentheses where they help."""
        if isinstance(node, ast.MatchValue):
            return self.optional(node.value)
        inner = node.pattern if isinstance(node, ast.MatchAs) else node
        if inner is None or (inner is node and not isinstance(node, ast.MatchOr)):
            return self.pattern(node, None)
        parts = inner.patterns if isinstance(inner, ast.MatchOr) else [inner]
        starts = _is_filled(parts[0]) and not isinstance(parts[0], ast.MatchClass)
        spills = len(parts) < 3 and (starts or _is_filled(parts[-1]))
        return _parentheses(lambda level: self.pattern(node, level), not spills)

    def pattern(self, node: ast.pattern, level: _Level) -> _Doc:
        """Make the document of a pattern."""
        match node:
            case ast.MatchValue(value=value):
                return self.expr(value, level)
            case ast.MatchSequence(patterns=patterns):
                docs = [self.pattern(each, _INSIDE) for each in patterns]
                return _brackets("[", _commas(docs), "]", level) if docs else "[]"
            case ast.MatchMapping(keys=keys, patterns=patterns, rest=rest):
                docs = [
                    (self.expr(key, _INSIDE), ": ", self.pattern(each, _INSIDE))
                    for key, each in zip(keys, patterns, strict=True)
                ]
                docs += [f"**{rest}"] if rest else []
                return _brackets("{", _commas(docs), "}", level) if docs else "{}"
            case ast.MatchClass(cls=cls, patterns=patterns, kwd_attrs=names, kwd_patterns=others):
                docs = [self.pattern(each, _INSIDE) for each in patterns]
                docs += [
                    (name, "=", self.pattern(each, _INSIDE))
                    for name, each in zip(names, others, strict=True)
                ]
                arguments = _brackets("(", _Group(_commas(docs)), ")", level) if docs else "()"
                return (self.expr(cls, level), arguments)
            case ast.MatchAs(pattern=ast.pattern() as inner, name=name):
                return (self.pattern(inner, level), f" as {name}")
            case ast.MatchOr(patterns=patterns):
                docs = []
                for each in patterns:
                    named = isinstance(each, ast.MatchAs) and each.pattern
                    doc = self.pattern(each, _INSIDE if named else level)
                    docs.append(_brackets("(", doc, ")", level) if named else doc)
                return _grouped(level, _joined(docs, (_soft(level), "| ")))
        return ast.unparse(node)

    def block(self, head: _Doc, body: Sequence[ast.stmt], indent: int) -> Iterator[str]:
        """Print a head and what is below it, if there is something."""
        if body:
            yield self.line(head, indent)
            yield from self.suite(body, indent + STEP, "block")

    def condition(self, node: ast.If, indent: int, word: str = "if ") -> Iterator[str]:
        """Print if, elif and else."""
        yield from self.block((word, self.optional(node.test), ":"), node.body, indent)
        match node.orelse:
            case [ast.If() as other]:
                yield from self.condition(other, indent, "elif ")
            case orelse:
                yield from self.block("else:", orelse, indent)

    def definition(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, indent: int
    ) -> Iterator[str]:
        """Print a function or a class."""
        for decorator in node.decorator_list:
            yield self.line(("@", self.optional(decorator, _Prefer.OPTIONAL)), indent)
        kinds = ", ".join(map(ast.unparse, getattr(node, "type_params", [])))
        name = f"{node.name}[{kinds}]" if kinds else node.name
        head: _Doc
        if isinstance(node, ast.ClassDef):
            bases = bool(node.bases or node.keywords)
            head = self.arguments(node.bases, node.keywords, None) if bases else ""
            start, kind = "class ", "class"
        else:
            parameters = self.parameters(node.args)
            inner = _commas(parameters, always=True)
            plain = len(parameters) == 1 or not parameters
            head = (
                ("(", _Indent((_Line(), inner if plain else _Group(inner))), _Line(), ")")
                if parameters
                else "()"
            )
            if node.returns:
                head = (head, " -> ", self.returned(node.returns, bool(parameters)))
            head = _Group(head)
            start = "async def " if isinstance(node, ast.AsyncFunctionDef) else "def "
            kind = "function"
        match node.body:
            case [ast.Expr(value=ast.Constant(value=value))] if value is ...:
                yield self.line((start, name, head, ": ..."), indent)
            case body:
                yield self.line((start, name, head, ":"), indent)
                yield from self.suite(body, indent + STEP, kind)

    def returned(self, node: ast.expr, has_parameters: bool) -> _Doc:
        """Make the document of a return annotation."""
        if has_parameters:
            is_subscript = isinstance(node, ast.Subscript)
            return self.unwrapped(node, None) if is_subscript else self.optional(node)
        return self.optional(node, _Prefer.PARENTHESIZED)

    def target(self, node: ast.expr) -> _Doc:
        """Make the document of what a loop assigns to."""
        if isinstance(node, ast.Tuple) and len(node.elts) > 1:
            return _parentheses(lambda _: _commas(self.exprs(node.elts)), inside=False)
        return self.optional(node)

    def managers(self, items: Sequence[ast.withitem]) -> _Doc:
        """Make the document of what follows `with`."""
        first = items[0]
        if len(items) == 1 and first.optional_vars is None:
            return self.optional(first.context_expr)

        def one(item: ast.withitem, level: _Level) -> _Doc:
            doc = self.expr(item.context_expr, level)
            if item.optional_vars is None:
                return doc
            return (doc, " as ", self.expr(item.optional_vars, level))

        if len(items) > 1:
            return _parentheses(lambda level: _commas([one(item, level) for item in items]))
        return _parentheses(lambda level: one(first, level), not self.can_spill(first.context_expr))

    def simple(self, node: ast.stmt) -> _Doc:
        """Make the document of a statement without a block."""
        match node:
            case ast.Expr(value=value):
                if isinstance(value, ast.BinOp) and isinstance(
                    value.op, ast.BitOr | ast.BitXor | ast.LShift | ast.RShift | ast.Add | ast.Sub
                ):
                    return self.optional(value, _Prefer.OPTIONAL)
                return self.value(value) if _is_text(value) else self.expr(value, None)
            case ast.Assign(targets=targets, value=value):
                return self.assignment(targets, value)
            case ast.AugAssign(target=target, op=op, value=value):
                operator = f" {_BINARY[type(op)][0]}= "
                if self.own(target) is not None:
                    return self.right_to_left(self.expr(target, None), operator, value)
                return (self.expr(target, None), operator, self.value(value))
            case ast.AnnAssign(target=target, annotation=annotation, value=None):
                return (self.expr(target, None), ": ", self.optional(annotation))
            case ast.AnnAssign(target=target, annotation=annotation, value=ast.expr() as value):
                head = (self.expr(target, None), ": ")
                if isinstance(annotation, ast.Subscript | ast.BinOp):
                    return (head, self.right_to_left(self.before(annotation), " = ", value))
                return (head, self.unwrapped(annotation, None), " = ", self.value(value))
            case ast.Return(value=None):
                return "return"
            case ast.Return(value=ast.Tuple(elts=[_, _, *more] as elts)):
                docs = _commas(self.exprs(elts))
                return ("return ", _parentheses(lambda _: docs, inside=bool(more)))
            case ast.Return(value=ast.expr() as value):
                return ("return ", self.value(value))
            case ast.Delete(targets=[target]):
                return ("del ", self.optional(target))
            case ast.Delete(targets=targets):
                return ("del ", _parentheses(lambda _: _commas(self.exprs(targets))))
            case ast.Assert(test=test, msg=None):
                return ("assert ", self.optional(test))
            case ast.Assert(test=test, msg=ast.expr() as msg):
                message = self.optional(msg, _Prefer.PARENTHESIZED)
                return ("assert ", self.optional(test), ", ", message)
            case ast.Raise(exc=None):
                return "raise"
            case ast.Raise(exc=ast.expr() as exc, cause=cause):
                doc: _Doc = ("raise ", self.optional(exc, _Prefer.OPTIONAL))
                return (doc, " from ", self.optional(cause, _Prefer.OPTIONAL)) if cause else doc
            case ast.Import(names=names):
                return "import " + ", ".join(map(self.alias, names))
            case ast.ImportFrom(module=module, names=names, level=level):
                start = f"from {'.' * (level or 0)}{module or ''} import "
                if names[0].name == "*":
                    return start + "*"
                docs = _commas([self.alias(name) for name in names], always=True)
                return (start, _parentheses(lambda _: docs))
        return ast.unparse(node)

    def alias(self, node: ast.alias) -> str:
        """Print an imported name."""
        return f"{node.name} as {node.asname}" if node.asname else node.name

    def assignment(self, targets: Sequence[ast.expr], value: ast.expr) -> _Doc:
        """Make the document of an assignment."""
        for target in targets:
            if isinstance(target, ast.Tuple) and len(target.elts) > 1:
                self.bare.add(target)
        if all(isinstance(each, ast.Tuple) and len(each.elts) > 1 for each in (*targets, value)):
            self.bare.add(value)  # a, b = b, a
        first, *others = targets
        if others:
            heads: list[_Doc] = [(self.bare_or_own(first), " = ")]
            heads += [(self.before(target, spills=False), " = ") for target in others[:-1]]
            return (*heads, self.right_to_left(self.before(others[-1]), " = ", value))
        if self.own(first) is not None or first in self.bare:
            return self.right_to_left(self.bare_or_own(first), " = ", value)
        return (self.expr(first, None), " = ", self.value(value))

    def bare_or_own(self, node: ast.expr) -> _Doc:
        """Make the document of a tuple that gets parentheses only where it breaks."""
        if isinstance(node, ast.Tuple) and node in self.bare:
            return _parentheses(lambda _: _commas(self.exprs(node.elts)))
        return self.expr(node, None)

    def before(self, target: ast.expr, spills: bool = True) -> _Doc:
        """Make the document of what stands before the last `=`."""
        value = target
        while isinstance(value, ast.Attribute):
            value = value.value
            if value in self.wrapped or self.own(value) is not None:
                return self.expr(target, None)
        if self.own(target) is not None or isinstance(target, ast.Tuple):
            return self.bare_or_own(target)
        inside = not (spills and self.can_spill(target))
        return _parentheses(lambda level: self.unwrapped(target, level), inside)

    def value(self, node: ast.expr) -> _Doc:
        """Make the document of a value that ends its statement."""
        if isinstance(node, ast.Lambda):
            return _parentheses(lambda level: self.function(node, level, spills=True))
        if isinstance(node, ast.Constant) and _is_text(node):
            return f'"""{node.value!s}"""'
        if isinstance(node, ast.Tuple) and node in self.bare:
            return self.bare_or_own(node)
        return self.optional(node)

    def right_to_left(self, target: _Doc, operator: str, value: ast.expr) -> _Doc:
        """Make the document of an assignment that rather breaks the value than the target."""
        start = (target, operator)
        prefixed = isinstance(value, ast.UnaryOp | ast.Await)
        if self.need(value) is not _Need.BEST_FIT or prefixed or _is_text(value):
            return (start, self.value(value))
        flat = self.unwrapped(value, None)
        variants: list[_Doc] = [(start, flat)]
        if isinstance(value, _Access):
            variants.append((start, _Group(flat, broken=True)))
        within = _Group((_Indent((_Line(), flat)), _Line()), broken=True)
        variants.append((start, "(", within, ")"))
        variants.append((_Group(target, broken=True), operator, flat))
        return _Choice(variants)
