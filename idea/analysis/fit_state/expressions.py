"""Rewrites expressions: what is computed from many rows is wrapped in `learn`."""

import ast
from collections.abc import Callable, Mapping

from idea.analysis.fit_state.fit_calls import fitted, is_fit, scaled
from idea.analysis.fit_state.learn_calls import LearnCalls
from idea.analysis.fit_state.pandas_calls import method_call, pandas_function, with_data_first
from idea.analysis.fit_state.rewriter import has_rows_first, parameters_of
from idea.analysis.fit_state.variables import Variables
from idea.analysis.row_dependence import Kind
from idea.knowledge.pandas_methods import ACCESSORS
from idea.program.names_used import free_names
from idea.syntax import brief, copied, walk

_WIDTH = 60  # of code in a warning

_SIZE = ast.Name("size", ast.Load())

Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


class Expressions:
    """Rewrites expressions one after the other.

    Attributes:
        variables: what variables hold.
        learn: writes calls of `learn`.
        warnings: what could not be rewritten.
        before: statements to put before the one that is being rewritten.
    """

    def __init__(
        self,
        variables: Variables,
        functions: Mapping[str, ast.FunctionDef],
        learns: Callable[[ast.FunctionDef], bool],
    ) -> None:
        """Take what is known of the code.

        Args:
            variables: what variables hold.
            functions: the notebook's own functions.
            learns: tells whether a function computes something from many rows.
        """
        self.variables = variables
        self.learn = LearnCalls(variables)
        self.warnings: list[str] = []
        self.before: list[ast.stmt] = []
        self._functions = functions
        self._learns = learns

    def put_before(self, statement: ast.stmt) -> None:
        """Put a statement before the one that is being rewritten."""
        self.before.append(statement)

    def warn(self, node: ast.AST, why: str) -> None:
        """Note that one row alone may get another value than it has in the whole table."""
        self.warnings.append(f"`{brief(node, _WIDTH)}` {why}")

    def rewrite(self, node: ast.expr, hint: str | None = None) -> ast.expr:
        """Rewrite an expression, which may be changed in place.

        Args:
            node: the expression.
            hint: a name for its value.
        """
        kind = self.variables.kinds.of(node)
        if kind is Kind.PLAIN:
            return node
        if isinstance(node, ast.Lambda):
            with self.variables.scope(parameters_of(node), bound=True):
                node.body = self.rewrite(node.body)
            return node
        if kind is Kind.AGGREGATE and self._has_one_value(node):
            return self._kept(node, hint)
        if kind is Kind.AGGREGATE and isinstance(node, ast.Call):
            self._check_bound(node)
        special = self._special(node, hint)
        if special is not None:
            return special
        if isinstance(node, Comprehension):
            return self._comprehension(node)
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                setattr(node, name, self.rewrite(value))
            elif isinstance(value, list):
                setattr(node, name, [self._part(item) for item in value])
        return node

    def _part(self, item: ast.AST) -> ast.AST:
        if isinstance(item, ast.expr):
            return self.rewrite(item)
        if isinstance(item, ast.keyword):
            item.value = self.rewrite(item.value)
        return item

    def _has_one_value(self, node: ast.expr) -> bool:
        """Tell whether an aggregate has one value, which can be kept."""
        if isinstance(node, ast.Slice) or self.variables.bound & free_names(node):
            return False
        if isinstance(node, ast.Tuple):
            return not any(isinstance(part, ast.Slice) for part in node.elts)
        return not (isinstance(node, ast.Attribute) and node.attr in ACCESSORS)

    def _kept(self, node: ast.expr, hint: str | None) -> ast.expr:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name() | ast.Subscript() as made)) if (
                is_fit(node, self.variables.kinds) and not self.variables.nested
            ):  # from here on, `made` is used as fitted
                self.put_before(fitted(made, node, self))
                return copied(made)
        return self.learn.value(node, hint)

    def _check_bound(self, call: ast.Call) -> None:
        """Warn of ``(df["city"] == city).sum()`` for each row's city: it needs all rows."""
        match call.func:
            case ast.Attribute(value=base) if self.variables.kinds.holds_rows(base):
                if self.variables.bound & free_names(base):
                    self.warn(call, "looks at all rows for each row: a single row has no others")

    def _special(self, node: ast.expr, hint: str | None) -> ast.expr | None:
        """Rewrite what is no matter of wrapping an aggregate; None if there is nothing special."""
        if isinstance(node, ast.BinOp) and self.variables.kinds.is_length(node.right):
            node.left, node.right = (
                self.rewrite(node.left, hint),
                self.learn.value(node.right, "rows"),
            )
            return node
        if not isinstance(node, ast.Call):
            return None
        self._check_function(node)
        size = self.variables.kinds.drawn_size(node)
        if size is not None and (len(node.args) < 2 or size is not node.args[0]):  # of one axis
            return self._drawn(node, size, hint)
        module, _, name = (self.variables.kinds.path(node.func) or "").rpartition(".")
        in_pandas = f"{module}.".startswith("pandas.")
        if in_pandas:
            with_data_first(node, name)
        if has_rows_first(node, self.variables):
            if in_pandas:
                return pandas_function(node, name, hint, self)
            scaled_values = scaled(node, self)
            if scaled_values is not None:
                return scaled_values
        if isinstance(node.func, ast.Attribute):
            return method_call(node, node.func, hint, self)
        return None

    def _check_function(self, call: ast.Call) -> None:
        """Warn of one of the notebook's own functions that learns: it is called as it stands."""
        match call:
            case ast.Call(func=ast.Name(id=name)) if has_rows_first(call, self.variables):
                pass
            case ast.Call(func=ast.Attribute(attr="pipe"), args=[ast.Name(id=name), *_]):
                pass
            case _:
                return
        function = self._functions.get(name)
        if function is not None and self._learns(function):
            self.warn(call, "computes something from all rows: it is not kept for a single row")

    def _drawn(self, call: ast.Call, size: ast.expr, hint: str | None) -> ast.expr:
        """Write ``learn.draw("ages", count, lambda size: np.random.randint(20, 40, size))``.

        Args:
            call: what draws random numbers.
            size: its argument that says how many.
            hint: a name for them.
        """
        call.args = [_SIZE if each is size else self.rewrite(each) for each in call.args]
        for keyword in call.keywords:
            keyword.value = _SIZE if keyword.value is size else self.rewrite(keyword.value)
        parameters = ast.arguments([], [ast.arg("size")], None, [], [], None, [])
        return self.learn.method("draw", [size, ast.Lambda(parameters, call)], hint=hint or "drawn")

    def _comprehension(self, node: Comprehension) -> ast.expr:
        """Rewrite a comprehension: what it computes has a name for each of its turns."""
        first = node.generators[0]
        # Going through a frame gives its columns' names, through a column its rows.
        by_row = self.variables.kinds.holds_rows(first.iter) and not self.variables.is_frame(
            first.iter
        )
        first.iter = self.rewrite(first.iter)
        names = [name for generator in node.generators for name in names_in(generator.target)]
        loops = [] if by_row else [ast.Name(name, ast.Load()) for name in names]
        with self.variables.scope(names, loops=loops, bound=by_row):
            for generator in node.generators:
                generator.ifs = [self.rewrite(test) for test in generator.ifs]
            if isinstance(node, ast.DictComp):
                node.key, node.value = self.rewrite(node.key), self.rewrite(node.value)
            else:
                node.elt = self.rewrite(node.elt)
        return node


def names_in(target: ast.expr) -> list[str]:
    """Give the variables of a target."""
    return [node.id for node in walk(target) if isinstance(node, ast.Name)]
