"""Which expressions have parentheses, and which get some where they break.

The rules are those of `needs_parentheses` and `can_omit_optional_parentheses` in ruff's
`ruff_python_formatter`.
"""

import ast
from collections.abc import Iterable
from enum import Enum

from idea.codegen.formatter.precedence import (
    OPERATORS,
    Access,
    Brackets,
    Tight,
    base_of,
    least_tightness,
    tightness,
)
from idea.syntax import walk


class Need(Enum):
    """When an expression goes into parentheses that the language does not ask for."""

    MULTILINE = 1
    BEST_FIT = 2
    NEVER = 3


class Prefer(Enum):
    """How much the place of an expression favours such parentheses."""

    IF_BREAKS = 1
    OPTIONAL = 2
    PARENTHESIZED = 3


class Parentheses:
    """The parentheses in some trees.

    Attributes:
        wrapped: expressions in parentheses that the language asks for.
        bare: tuples and generators without their own.
    """

    def __init__(self, roots: Iterable[ast.AST]) -> None:
        """Look through the trees."""
        self.wrapped: set[ast.AST] = set()
        self.bare: set[ast.AST] = set()
        for node in (node for root in roots for node in walk(root)):
            self.wrapped.update(
                child for child, least in least_tightness(node) if tightness(child) < least
            )
            self.bare.update(_bare_below(node))

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

    def need(self, node: ast.expr) -> Need:
        """Say when an expression wants parentheses."""
        match node:
            case ast.Attribute() | ast.Call() | ast.Subscript():
                if self.is_chain(node):
                    return Need.MULTILINE
                inner = base_of(node)
                return Need.NEVER if inner in self.wrapped else self.need(inner)
            case ast.UnaryOp(operand=inner) | ast.Await(value=inner):
                return Need.NEVER if inner in self.wrapped else self.need(inner)
            case ast.Yield(value=None):
                return Need.NEVER
            case ast.Yield(value=ast.expr() as inner) | ast.YieldFrom(value=inner):
                breaks = inner not in self.wrapped and self.need(inner) is Need.MULTILINE
                return Need.MULTILINE if breaks else Need.NEVER
            case ast.Constant() | ast.Name() | ast.JoinedStr():
                return Need.BEST_FIT
        return Need.NEVER if isinstance(node, Brackets) else Need.MULTILINE

    def is_link(self, node: ast.expr) -> bool:
        """Say whether a dot after this expression may begin a line."""
        return node in self.wrapped or isinstance(node, ast.Call | ast.Subscript)

    def is_chain(self, node: ast.expr) -> bool:
        """Say whether calls in a row go one below the other when they break."""
        calls = 0
        while isinstance(node, Access):
            inner = base_of(node)
            calls += isinstance(node, ast.Attribute) and self.is_link(inner)
            if inner in self.wrapped:
                break
            node = inner
        return calls > 1

    def can_spill(self, node: ast.expr) -> bool:
        """Say whether breaking in an expression's own brackets reads well enough."""
        ends = _Ends(self)
        ends.visit(node)
        if not ends.brackets or ends.count > 1:
            return False
        if ends.loosest is None or ends.loosest > Tight.AWAIT:
            return True
        return any(
            end is not None
            and not (isinstance(end, ast.Subscript) and end not in self.wrapped)
            and (end in self.wrapped or self.own(end) is True)
            for end in (ends.first, ends.last)
        )

    def hugs(self, *operands: ast.AST) -> bool:
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


def _bare_below(node: ast.AST) -> Iterable[ast.AST]:
    """List the tuples and generators below a node that go without parentheses."""
    match node:
        case ast.Call(args=[ast.GeneratorExp() as alone], keywords=[]):
            return [alone]
        case ast.Subscript(
            slice=ast.Tuple(elts=[_, _, *_]) | ast.Tuple(elts=[ast.Slice()]) as bare
        ):
            return [bare]
        case ast.Assign(targets=targets, value=value):
            tuples = [t for t in (*targets, value) if _is_several(t)]
            swaps = len(tuples) > len(targets)  # a, b = b, a
            return tuples if swaps else [t for t in tuples if t is not value]
    return []


def _is_several(node: ast.expr) -> bool:
    return isinstance(node, ast.Tuple) and len(node.elts) > 1


class _Ends:
    """Looks at an expression from outside its brackets: both ends, and the loosest operators."""

    def __init__(self, code: Parentheses) -> None:
        self.code = code
        self.loosest: Tight | None = None
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
                self._child(base_of(node))
                self.last = node
            case ast.Attribute(value=value):
                self._child(value)
                if value in self.code.wrapped or self.code.own(value) is not None:
                    self._operator(Tight.ATOM)
                self.last = node
            case ast.Tuple() | ast.GeneratorExp() if node in self.code.bare:
                pass
            case _ if isinstance(node, Brackets):
                self.brackets = True
            case ast.BinOp(left=left, op=op, right=right):
                self._operator(OPERATORS[type(op)][1])
                self._children(left, right)
            case ast.BoolOp(values=values):
                self._operator(Tight.AND, len(values) - 1)
                self._children(*values)
            case ast.Compare(left=left, comparators=others):
                self._operator(Tight.COMPARE, len(others))
                self._children(left, *others)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self._operator(Tight.TEST, 2)
                self._children(body, test, orelse)
            case ast.UnaryOp(op=op, operand=operand):
                if isinstance(op, ast.Invert):
                    self._operator(Tight.SIGN)
                self.begun = True
                self._child(operand)
            case ast.Await(value=value) | ast.Starred(value=value) | ast.YieldFrom(value=value):
                self.begun = True
                self._child(value)
            case ast.Yield(value=ast.expr() as value) | ast.Lambda(body=value):
                self.begun = True
                self._child(value)
            case ast.NamedExpr(target=target, value=value):
                self._children(target, value)

    def _children(self, *nodes: ast.expr) -> None:
        for node in nodes:
            self._child(node)

    def _child(self, node: ast.expr) -> None:
        self.last = node
        if node in self.code.wrapped:
            self.brackets = True
        else:
            self.visit(node)
        if not self.begun:
            self.begun, self.first = True, node

    def _operator(self, tight: Tight, count: int = 1) -> None:
        if self.loosest is None or tight < self.loosest:
            self.loosest, self.count = tight, count
        elif tight == self.loosest:
            self.count += count
