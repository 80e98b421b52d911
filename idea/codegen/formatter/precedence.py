"""How tightly expressions bind, and which need parentheses therefore."""

import ast
from collections.abc import Iterator
from enum import IntEnum

# From the loosest to the tightest.
Tight = IntEnum(
    "Tight",
    "NAMED TEST OR AND NOT COMPARE PIPE CARET AMP SHIFT ADD MULTIPLY SIGN POWER AWAIT ATOM ALL",
)

OPERATORS: dict[type[ast.AST], tuple[str, Tight]] = {
    ast.Add: ("+", Tight.ADD),
    ast.Sub: ("-", Tight.ADD),
    ast.Mult: ("*", Tight.MULTIPLY),
    ast.MatMult: ("@", Tight.MULTIPLY),
    ast.Div: ("/", Tight.MULTIPLY),
    ast.FloorDiv: ("//", Tight.MULTIPLY),
    ast.Mod: ("%", Tight.MULTIPLY),
    ast.LShift: ("<<", Tight.SHIFT),
    ast.RShift: (">>", Tight.SHIFT),
    ast.BitOr: ("|", Tight.PIPE),
    ast.BitXor: ("^", Tight.CARET),
    ast.BitAnd: ("&", Tight.AMP),
    ast.Pow: ("**", Tight.POWER),
    ast.And: ("and", Tight.AND),
    ast.Or: ("or", Tight.OR),
    ast.Eq: ("==", Tight.COMPARE),
    ast.NotEq: ("!=", Tight.COMPARE),
    ast.Lt: ("<", Tight.COMPARE),
    ast.LtE: ("<=", Tight.COMPARE),
    ast.Gt: (">", Tight.COMPARE),
    ast.GtE: (">=", Tight.COMPARE),
    ast.Is: ("is", Tight.COMPARE),
    ast.IsNot: ("is not", Tight.COMPARE),
    ast.In: ("in", Tight.COMPARE),
    ast.NotIn: ("not in", Tight.COMPARE),
}
UNARY: dict[type[ast.unaryop], str] = {
    ast.Not: "not ",
    ast.Invert: "~",
    ast.UAdd: "+",
    ast.USub: "-",
}
Access = ast.Attribute | ast.Call | ast.Subscript
Binary = ast.BinOp | ast.Compare | ast.BoolOp
Brackets = (
    ast.List
    | ast.Dict
    | ast.Set
    | ast.Tuple
    | ast.ListComp
    | ast.DictComp
    | ast.SetComp
    | ast.GeneratorExp
)


def tightness(node: ast.expr) -> Tight:
    """Say how tightly an expression binds."""
    match node:
        case ast.NamedExpr() | ast.Yield() | ast.YieldFrom():
            return Tight.NAMED
        case ast.Lambda() | ast.IfExp():
            return Tight.TEST
        case ast.BoolOp(op=op) | ast.BinOp(op=op):
            return OPERATORS[type(op)][1]
        case ast.Compare():
            return Tight.COMPARE
        case ast.UnaryOp(op=ast.Not()):
            return Tight.NOT
        case ast.UnaryOp():
            return Tight.SIGN
        case ast.Constant(value=int() | float() as number) if number < 0:
            return Tight.SIGN
        case ast.Await():
            return Tight.AWAIT
    return Tight.ATOM


def _is_power(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)


def base_of(node: Access) -> ast.expr:
    """Give the expression that is called, subscripted or asked for an attribute."""
    return node.func if isinstance(node, ast.Call) else node.value


def least_tightness(node: ast.AST) -> Iterator[tuple[ast.expr, Tight]]:
    """Pair the expressions below a node with how tightly each must bind without parentheses."""
    match node:
        case ast.BoolOp(values=values):  # not `a or b and c`, which makes one think
            yield from ((value, Tight.NOT) for value in values)
        case ast.BinOp(left=left, right=right, op=ast.Pow()):
            yield from ((left, Tight.AWAIT), (right, Tight.SIGN))
        case ast.BinOp(left=left, right=right):
            tight = tightness(node)
            yield from ((left, tight), (right, Tight(tight + 1)))
        case ast.Compare(left=left, comparators=others):
            yield from ((operand, Tight.PIPE) for operand in (left, *others))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand, Tight.NOT
        case ast.UnaryOp(operand=operand):
            yield operand, Tight.ATOM if _is_power(operand) else Tight.SIGN
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield from ((body, Tight.OR), (test, Tight.OR), (orelse, Tight.TEST))
        case ast.Attribute(value=ast.Constant(value=int() | float()) as number):
            yield number, Tight.ALL
        case ast.Attribute() | ast.Call() | ast.Subscript():
            yield base_of(node), Tight.ATOM
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr) and child is not base_of(node):
                    named = isinstance(node, ast.Call) and isinstance(child, ast.NamedExpr)
                    yield child, Tight.NAMED if named else Tight.TEST
        case ast.Await(value=value):
            yield value, Tight.ATOM
        case ast.Starred(value=value):
            yield value, Tight.PIPE
        case ast.comprehension(iter=iterated, ifs=ifs):
            yield from ((part, Tight.OR) for part in (iterated, *ifs))
        case ast.Dict(keys=keys, values=values):
            yield from ((key, Tight.TEST) for key in keys if key)
            for key, value in zip(keys, values, strict=True):
                yield value, Tight.TEST if key else Tight.PIPE
        case ast.FormattedValue(value=ast.Lambda() as function):
            yield function, Tight.OR
        case ast.If(test=test) | ast.While(test=test) | ast.match_case(guard=ast.expr() as test):
            yield test, Tight.NAMED
        case ast.Expr(value=value) | ast.Assign(value=value) | ast.AugAssign(value=value):
            named = isinstance(value, ast.NamedExpr)
            yield value, Tight.TEST if named else Tight.NAMED
        case _:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    yield child, Tight.TEST
