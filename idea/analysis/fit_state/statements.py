"""Rewrites statements one after the other."""

import ast
from collections.abc import Iterable, Mapping, Sequence

from idea.analysis.fit_state.expressions import Expressions, names_in
from idea.analysis.fit_state.fit_calls import fitted, is_fit
from idea.analysis.fit_state.learn_calls import hint_of
from idea.analysis.fit_state.rewriter import dotted
from idea.analysis.fit_state.variables import Variables
from idea.analysis.row_dependence import Kind, Kinds, rowwise
from idea.knowledge.pandas_methods import MUTATORS
from idea.syntax import copied, mentions, walk


class Learning:
    """Rewrites statements one after the other, and follows which variables hold rows."""

    def __init__(
        self,
        rows: Iterable[str],
        imports: Mapping[str, str],
        functions: Mapping[str, ast.FunctionDef] | None = None,
    ) -> None:
        """Start before the first statement.

        Args:
            rows: the variables that hold rows.
            imports: the paths of imported names.
            functions: the notebook's own functions.
        """
        self._variables = Variables(rows, imports)
        self._expressions = Expressions(self._variables, functions or {}, self._learns)

    @property
    def kinds(self) -> Kinds:
        """Which variables hold rows, after the last statement."""
        return self._variables.kinds

    @property
    def names(self) -> list[str]:
        """The names under which values are kept, in order."""
        return self._expressions.learn.names

    @property
    def imports(self) -> dict[str, str]:
        """Imports that the rewritten statements need beyond the notebook's."""
        return self._expressions.learn.imports

    @property
    def warnings(self) -> list[str]:
        """What could not be rewritten."""
        return self._expressions.warnings

    def rewrite(self, node: ast.expr, hint: str) -> ast.expr:
        """Rewrite an expression, wrapping what is computed from many rows.

        Args:
            node: the expression, which may be changed.
            hint: a name for its value.
        """
        return self._expressions.rewrite(node, hint)

    def statements(self, nodes: Sequence[ast.stmt]) -> list[ast.stmt]:
        """Rewrite a list of statements."""
        return [new for node in nodes for new in self.statement(node)]

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        """Rewrite a copy of a statement; it may need others before it."""
        outer, self._expressions.before = self._expressions.before, []
        self._variables.labelled |= _labels_rows(node)
        new = self._statement(copied(node))
        before, self._expressions.before = self._expressions.before, outer
        return [ast.fix_missing_locations(each) for each in [*before, new]]

    def _learns(self, function: ast.FunctionDef) -> bool:
        """Tell whether a function computes something from many rows."""
        inside = Learning({argument.arg for argument in function.args.args}, self.kinds.imports)
        inside.statements(function.body)
        return bool(inside.names)

    def _statement(self, node: ast.stmt) -> ast.stmt:
        match node:
            case ast.Assign() | ast.AnnAssign(value=ast.expr()):
                self._assignment(node)
            case ast.AugAssign(target=target):
                node.value = self._expressions.rewrite(node.value, hint_of(target))
                if isinstance(target, ast.Subscript):
                    target.slice = self._expressions.rewrite(target.slice, "rows")
            case ast.Expr(value=ast.Call(func=ast.Attribute()) as call):
                return self._method_call(node, call)
            case ast.Expr(value=value) | ast.Return(value=ast.expr() as value):
                node.value = self._expressions.rewrite(value)
            case ast.For():
                self._for(node)
            case ast.If() | ast.While():
                node.test = self._test(node.test)
                node.body = self.statements(node.body)
                node.orelse = self.statements(node.orelse)
            case ast.Try():
                node.body = self.statements(node.body)
                for handler in node.handlers:
                    handler.body = self.statements(handler.body)
                node.orelse = self.statements(node.orelse)
                node.finalbody = self.statements(node.finalbody)
            case ast.With():
                node.body = self.statements(node.body)
        return node

    def _test(self, node: ast.expr) -> ast.expr:
        """Rewrite a condition; one that counts rows is decided once, by the training rows."""
        parts = [part for part in walk(node) if isinstance(part, ast.expr)]
        plain = self.kinds.of(node) is Kind.PLAIN
        if plain and any(self.kinds.is_length(part) for part in parts):
            return self._expressions.learn.value(node, "condition")
        return self._expressions.rewrite(node)

    def _assignment(self, node: ast.Assign | ast.AnnAssign) -> None:
        assert node.value is not None
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        kind, value = self.kinds.of(node.value), copied(node.value)
        node.value = self._expressions.rewrite(node.value, hint_of(targets[0]))
        for target in targets:
            self._store(target, kind, value)

    def _store(self, target: ast.expr, kind: Kind, value: ast.expr | None) -> None:
        """Note what a target holds from here on.

        Args:
            target: the target.
            kind: what the value holds.
            value: the value as the notebook has it; None for a part of a tuple.
        """
        match target:
            case ast.Name(id=name):
                self._variables.store(name, kind, value)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._store(part, kind, None)
            case ast.Subscript():
                target.slice = self._expressions.rewrite(target.slice, "rows")
                if isinstance(value, ast.Call):
                    self._variables.note_made(target)

    def _method_call(self, node: ast.Expr, call: ast.Call) -> ast.stmt:
        """Rewrite a method call whose value is not used."""
        assert isinstance(call.func, ast.Attribute)
        made, method = call.func.value, call.func.attr
        kind = self.kinds.of(made)
        if is_fit(call, self.kinds) and isinstance(made, ast.Name | ast.Subscript):
            return fitted(made, call, self._expressions)
        if (
            method == "dropna"
            and kind is Kind.ROWS
            and isinstance(made, ast.Name)
            and rowwise(call)
        ):
            call.keywords = [k for k in call.keywords if k.arg != "inplace"]
            value = self._expressions.rewrite(call)
            return ast.Assign([ast.Name(made.id, ast.Store())], value)
        if method in MUTATORS and kind is Kind.PLAIN:
            # A list is filled anew each time, with what was learned.
            call.args = [self._expressions.rewrite(argument) for argument in call.args]
        else:
            node.value = self._expressions.rewrite(call)
        return node

    def _for(self, node: ast.For) -> None:
        kind = self.kinds.of(node.iter)
        through_frames = isinstance(node.iter, ast.List | ast.Tuple) and kind is Kind.ROWS
        through_rows = kind is Kind.ROWS and not through_frames
        if kind is Kind.ROWS and mentions(node.iter, "groupby"):
            why = "loops over groups of rows: a single row has none"
            self._expressions.warn(node.iter, why)
        if through_rows and mentions(node.iter, "select_dtypes"):
            # Going through a frame gives its columns' names.
            kind, node.iter = Kind.AGGREGATE, ast.Call(dotted("list"), [node.iter], [])
        if kind is Kind.AGGREGATE:
            hint = f"{node.target.id}s" if isinstance(node.target, ast.Name) else "items"
            node.iter = self._expressions.learn.value(node.iter, hint)
        targets = names_in(node.target)
        self._variables.note_all_fitted()  # what was made before is fitted again at every turn
        if through_frames:
            self.kinds.rows.update(targets)
            self._block(node)
        else:
            with self._variables.loop(targets):
                self._block(node)
        self._variables.note_all_fitted()

    def _block(self, node: ast.For) -> None:
        node.body = self.statements(node.body)
        node.orelse = self.statements(node.orelse)


def _labels_rows(node: ast.stmt) -> bool:
    """Tell whether a statement gives rows an index that may be more than their numbers."""
    return any(
        (isinstance(part, ast.Attribute) and part.attr == "set_index")
        or (
            isinstance(part, ast.Attribute)
            and part.attr == "index"
            and isinstance(part.ctx, ast.Store)
        )
        for part in walk(node)
    )
