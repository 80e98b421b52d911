"""Documents of expressions."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from idea.codegen.formatter.documents import (
    HARD,
    INSIDE,
    BestFit,
    Choice,
    Doc,
    Group,
    Indent,
    Level,
    Line,
    Remark,
    Spill,
    brackets,
    break_around_remarks,
    commas,
    flattened,
    grouped,
    joined,
    parentheses,
    soft,
    spaced,
)
from idea.codegen.formatter.f_strings import f_string
from idea.codegen.formatter.literals import constant
from idea.codegen.formatter.margin import Margin
from idea.codegen.formatter.parentheses import Need, Parentheses, Prefer
from idea.codegen.formatter.precedence import OPERATORS, UNARY, Access, Binary, base_of
from idea.program.comments import Where


@dataclass(frozen=True)
class Expressions:
    """Makes documents of the expressions of one statement.

    Attributes:
        code: the parentheses in the statement.
        margin: the comments in it.
        avoid: the quote of the f-string around; empty if there is none.
    """

    code: Parentheses
    margin: Margin
    avoid: str = ""

    def expr(self, node: ast.expr, level: Level) -> Doc:
        """Make the document of an expression."""
        if node in self.code.wrapped:
            return brackets("(", self.unwrapped(node, INSIDE), ")", level)
        return self.unwrapped(node, level)

    def optional(
        self, node: ast.expr, prefer: Prefer = Prefer.IF_BREAKS, level: Level = None
    ) -> Doc:
        """Make the document of an expression, in parentheses where they help.

        Args:
            node: the expression.
            prefer: what its place says about parentheses.
            level: where it stands.
        """
        if node in self.code.wrapped:
            return self.expr(node, level)
        need = self.code.need(node)
        if level is not None or need is Need.NEVER:
            return self.unwrapped(node, level)
        if need is Need.BEST_FIT and prefer is not Prefer.PARENTHESIZED:
            if prefer is Prefer.OPTIONAL:
                return self.unwrapped(node, None)
            fit = BestFit()
            fit.doc = self.unwrapped(node, fit)
            return fit
        return parentheses(
            lambda inner: self.margin.ended(node, self.unwrapped(node, inner)),
            not self.code.can_spill(node),
        )

    def exprs(self, nodes: Iterable[ast.expr]) -> list[Doc]:
        """Make the documents of the items in brackets."""
        return [self.margin.item(node, self.expr(node, INSIDE)) for node in nodes]

    def unwrapped(self, node: ast.expr, level: Level) -> Doc:
        """Make the document of an expression without parentheses of its own."""
        match node:
            case ast.Constant(value=value):
                return constant(value, self.avoid)
            case ast.Name(id=name):
                return name
            case ast.JoinedStr():
                return f_string(node, self.avoid, self._inside_f_string)
            case ast.Attribute() | ast.Call() | ast.Subscript():
                return self._access(node, level)
            case ast.BinOp() | ast.Compare() | ast.BoolOp():
                operands = list(self._operands(node))
                doc = grouped(level, self._binary(operands, level))
                return self._ended(operands[-1], doc, level)
            case ast.UnaryOp(op=op, operand=operand):
                return (UNARY[type(op)], self.expr(operand, level))
            case ast.IfExp():
                return grouped(level, self._conditional(node, level))
            case ast.Lambda():
                return self.function(node, level)
            case ast.NamedExpr(target=target, value=value):
                head = Group((self.expr(target, level), soft(level)))
                return (head, ":= ", self.expr(value, level))
            case ast.Starred(value=value):
                return ("*", self.expr(value, level))
            case ast.Await(value=value):
                return ("await ", self.optional(value, level=level))
            case ast.Yield(value=None):
                return "yield"
            case ast.Yield(value=ast.expr() as value):
                return ("yield ", self.optional(value, Prefer.OPTIONAL, level))
            case ast.YieldFrom(value=value):
                return ("yield from ", self.optional(value, Prefer.OPTIONAL, level))
            case ast.Slice():
                return self._slice(node)
        return self._display(node, level)

    def _display(self, node: ast.expr, level: Level) -> Doc:
        """Make the document of an expression in brackets."""
        match node:
            case ast.Tuple(elts=elts):
                return self._tuple(node, elts, level)
            case ast.List(elts=[]):
                return "[]"
            case ast.List(elts=elts):
                return brackets("[", commas(self.exprs(elts)), "]", level)
            case ast.Set(elts=elts):
                return brackets("{", commas(self.exprs(elts)), "}", level)
            case ast.Dict(keys=[]):
                return "{}"
            case ast.Dict(keys=keys, values=values):
                pairs = [self._pair(k, v) for k, v in zip(keys, values, strict=True)]
                return brackets("{", commas(pairs), "}", level)
            case ast.ListComp(elt=elt):
                return brackets("[", Group(self._loops(elt, node.generators)), "]", level)
            case ast.SetComp(elt=elt):
                return brackets("{", Group(self._loops(elt, node.generators)), "}", level)
            case ast.DictComp(key=key, value=value):
                return brackets("{", Group(self._loops(key, node.generators, value)), "}", level)
            case ast.GeneratorExp(elt=elt):
                loops = self._loops(elt, node.generators)
                bare = node in self.code.bare
                return loops if bare else brackets("(", Group(loops), ")", level)
        return ast.unparse(node)

    # calls

    def _access(self, node: Access, level: Level, chain: bool | None = None) -> Doc:
        """Make the document of calls, attributes and subscripts in a row.

        Args:
            node: the last of them.
            level: where they stand.
            chain: whether they go one below the other when they break; None for the last of them,
                which finds out.
        """
        is_last = chain is None
        if chain is None:
            chain = level is not None and self.code.is_chain(node)
        inner = base_of(node)
        doc = (
            self._access(inner, level, chain)
            if isinstance(inner, Access) and inner not in self.code.wrapped
            else self.expr(inner, level)
        )
        match node:
            case ast.Attribute(attr=attr) if chain and self.code.is_link(inner):
                doc = (self.margin.ended(inner, doc), Line(), "." + attr)
            case ast.Attribute(attr=attr):
                doc = (doc, "." + attr)
            case ast.Call(args=args, keywords=keywords):
                doc = (doc, self.arguments(args, keywords, level))
            case ast.Subscript(slice=part):
                doc = (doc, brackets("[", self.expr(part, INSIDE), "]", level))
        return Group(doc) if is_last and chain else doc

    def arguments(
        self, args: Sequence[ast.expr], keywords: Sequence[ast.keyword], level: Level
    ) -> Doc:
        """Make the document of a call's parentheses.

        Args:
            args: the positional arguments.
            keywords: the keyword arguments.
            level: where the call stands.
        """
        docs = self.exprs(args)
        for keyword in keywords:
            name = f"{keyword.arg}=" if keyword.arg else "**"
            doc: Doc = (name, self.expr(keyword.value, INSIDE))
            docs.append(self.margin.item(keyword, doc))
        return brackets("(", Group(commas(docs)), ")", level) if docs else "()"

    # operators

    def _operands(self, node: Binary) -> Iterator[ast.AST]:
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
            if isinstance(part, Binary) and part not in self.code.wrapped:
                inner = list(self._operands(part))
                self.margin.pass_on(part, inner[0], inner[-1])
                yield from inner
            else:
                yield part

    def _binary(self, parts: list[ast.AST], level: Level) -> Doc:
        """Make the document of operands and operators; the loosest ones break first.

        Comments stand after the group that ends where they stand. So those of the last operand are
        left to the caller.
        """
        if len(parts) == 1:
            return self.expr(parts[0], level)  # type: ignore[arg-type]
        loosest = min(OPERATORS[type(operator)][1] for operator in parts[1::2])
        docs: list[Doc] = []
        start = 0
        for i in [*range(1, len(parts), 2), len(parts)]:
            if i < len(parts) and OPERATORS[type(parts[i])][1] != loosest:
                continue
            doc = self._binary(parts[start:i], level)
            doc = doc if i - start == 1 else grouped(level, doc)
            if i == len(parts):
                docs.append(doc)
            else:
                docs.append(self._ended(parts[i - 1], doc, level))
                hugs = isinstance(parts[i], ast.Pow) and self.code.hugs(parts[i - 1], parts[i + 1])
                symbol = OPERATORS[type(parts[i])][0]
                if level is not None:  # above an operand is above its operator
                    above = self.margin.take(parts[i + 1], Where.ABOVE)
                    docs += [Remark(comment.text, Where.BELOW) for comment in above]
                docs += [soft(level, "" if hugs else " "), symbol, spaced(level) if hugs else " "]
            start = i + 1
        return tuple(docs)

    def _ended(self, node: ast.AST, doc: Doc, level: Level) -> Doc:
        return doc if level is None else self.margin.ended(node, doc)

    def _conditional(self, node: ast.IfExp, level: Level) -> Doc:
        """Make the document of `a if b else c`."""
        orelse: Doc
        if isinstance(node.orelse, ast.IfExp):
            orelse = self._conditional(node.orelse, level)
        else:
            orelse = grouped(level, self.expr(node.orelse, level))
        test = self.expr(node.test, level)
        return (
            self.expr(node.body, level), soft(level), "if ", test, soft(level), "else ", orelse,
        )  # fmt: skip

    # functions

    def function(self, node: ast.Lambda, level: Level, spills: bool = False) -> Doc:
        """Make the document of a lambda, whose parameters never break.

        Args:
            node: the lambda.
            level: where it stands.
            spills: whether its body may break although all around it stays on one line.
        """
        plain = replace(self, margin=Margin())  # its parameters have no place for comments
        parameters = flattened(joined(plain.parameters(node.args), ", "))
        head = f"lambda {parameters}".rstrip() + ": "
        wants = self.code.need(node.body)
        body: Doc
        if node.body in self.code.wrapped:
            body = self.expr(node.body, level)
        elif wants is not Need.MULTILINE and isinstance(node.body, ast.Call | ast.Subscript):
            flat = self.unwrapped(node.body, level)
            if break_around_remarks(flat):
                return (head, flat)
            parenthesized = ("(", Indent((HARD, flat)), HARD, ")")
            body = Choice((flat, Group(flat, broken=True), parenthesized))
        elif wants is not Need.MULTILINE and self.code.own(node.body) is not None:
            body = self.unwrapped(node.body, level)
        else:
            body = parentheses(lambda inner: self.unwrapped(node.body, inner))
        return (head, Spill(body) if spills else body)

    def parameters(self, args: ast.arguments) -> list[Doc]:
        """Make the documents of a function's parameters."""

        def one(arg: ast.arg, default: ast.expr | None = None, stars: str = "") -> Doc:
            doc: Doc = stars + arg.arg
            if arg.annotation:
                doc = (doc, ": ", self.expr(arg.annotation, INSIDE))
            if default:
                doc = (doc, " = " if arg.annotation else "=", self.expr(default, INSIDE))
                self.margin.pass_on(default, arg, arg)
            return self.margin.item(arg, doc)

        positional = args.posonlyargs + args.args
        defaults = [None] * (len(positional) - len(args.defaults)) + args.defaults
        docs = [one(arg, default) for arg, default in zip(positional, defaults, strict=True)]
        if args.posonlyargs:
            docs.insert(len(args.posonlyargs), "/")
        if args.vararg:
            docs.append(one(args.vararg, stars="*"))
        elif args.kwonlyargs:
            docs.append("*")
        docs += [one(*pair) for pair in zip(args.kwonlyargs, args.kw_defaults, strict=True)]
        if args.kwarg:
            docs.append(one(args.kwarg, stars="**"))
        return docs

    # brackets

    def _slice(self, node: ast.Slice) -> Doc:
        """Make the document of `a:b:c`."""

        def simple(part: ast.expr) -> bool:
            if isinstance(part, ast.UnaryOp) and not isinstance(part.op, ast.Not):
                return simple(part.operand)
            return isinstance(part, ast.Constant | ast.Name)

        lower, upper, step = node.lower, node.upper, node.step
        space = "" if all(simple(part) for part in (lower, upper, step) if part) else " "
        docs: list[Doc] = []
        if lower:
            docs += [self.expr(lower, INSIDE), space]
        docs.append(":")
        if upper:
            docs += [space, self.expr(upper, INSIDE)]
        if step:
            docs += [space if upper else "", ":", space, self.expr(step, INSIDE)]
        return tuple(docs)

    def _tuple(self, node: ast.AST, elts: Sequence[ast.expr], level: Level) -> Doc:
        if not elts:
            return "()"
        docs = self.exprs(elts)
        if len(elts) == 1 and node in self.code.bare:  # x[a:b,]
            return (docs[0], ",")
        if len(elts) == 1:
            return brackets("(", (docs[0], ","), ")", level)
        if node in self.code.bare:
            return Group(commas(docs))
        return brackets("(", commas(docs), ")", level)

    def _pair(self, key: ast.expr | None, value: ast.expr) -> Doc:
        """Make the document of a dictionary's item, with the comments of its key and value."""
        start: Doc = (self.expr(key, INSIDE), ": ") if key else "**"
        doc: Doc = Group((start, self.expr(value, INSIDE)))
        return self.margin.item(key or value, self.margin.ended(value, doc))

    def _loops(
        self, elt: ast.expr, loops: Sequence[ast.comprehension], value: ast.expr | None = None
    ) -> Doc:
        """Make the document of a comprehension.

        Args:
            elt: its element, or its key.
            loops: what it goes through.
            value: the value of that key, in a dictionary.
        """
        first: Doc = self.expr(elt, INSIDE)
        if value:
            first = (first, ": ", self.expr(value, INSIDE))
        docs: list[Doc] = [Group(first)]
        for each in loops:
            targets = each.target.elts if isinstance(each.target, ast.Tuple) else [each.target]
            docs += [Line(" "), "async for " if each.is_async else "for "]
            docs.append(
                joined([self.expr(target, INSIDE) for target in targets], ", ")
                if len(targets) > 1
                else self.expr(each.target, INSIDE)
            )
            docs += [" in ", self.expr(each.iter, INSIDE)]
            for test in each.ifs:
                docs += [Line(" "), "if ", self.expr(test, INSIDE)]
        return tuple(docs)

    def _inside_f_string(self, node: ast.expr, quote: str) -> str:
        inside = replace(self, avoid=quote, margin=Margin())
        return flattened(inside.expr(node, INSIDE))

    # tuples and targets without parentheses

    def bare_or_own(self, node: ast.expr) -> Doc:
        """Make the document of a tuple that gets parentheses only where it breaks."""
        if isinstance(node, ast.Tuple) and node in self.code.bare:
            return parentheses(lambda _: commas(self.exprs(node.elts)))
        return self.expr(node, None)

    def target(self, node: ast.expr) -> Doc:
        """Make the document of what a loop assigns to."""
        if isinstance(node, ast.Tuple) and len(node.elts) > 1:
            return parentheses(lambda _: commas(self.exprs(node.elts)), inside=False)
        return self.optional(node)
