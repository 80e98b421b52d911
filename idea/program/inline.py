"""Replaces calls of a notebook's own functions by the statements of these functions."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from idea.program.dataflow import Step, effects
from idea.program.fitting_loops import fits_model, with_fits_apart, with_rows_before
from idea.program.folds import is_over_folds
from idea.program.names_used import stored_names
from idea.program.substitute import Substitution
from idea.program.switches import Switches
from idea.syntax import copied, mentions, walk

Location = tuple[int, int, int, int, int]  # cell, first line and column, last line and column
_DEEPEST = 4


def inlined(
    functions: Mapping[str, ast.FunctionDef], steps: Sequence[Step], switches: Switches
) -> Iterator[Step]:
    """Replace calls of the notebook's own functions by the functions' statements.

    Only functions that are a straight list of statements are inlined; other calls stay.

    Args:
        functions: the functions by name.
        steps: the program's steps.
        switches: the notebook's constants.
    """
    steps = [each for step in steps for each in with_fits_apart(step, functions)]
    inliner = _Inliner(functions, steps, switches)
    for step in steps:
        for each in inliner.inlined(step, 0):
            yield from with_rows_before(each)


class _Inliner:
    """Replaces a call by the function's statements, where the result is correct and readable."""

    def __init__(
        self, functions: Mapping[str, ast.FunctionDef], steps: Sequence[Step], switches: Switches
    ) -> None:
        self.functions = functions
        self.switches = switches
        self.definitions = {s.node.name: s for s in steps if isinstance(s.node, ast.FunctionDef)}
        self.taken = {name.id for s in steps for name in walk(s.node) if isinstance(name, ast.Name)}

    def inlined(self, step: Step, depth: int) -> Iterator[Step]:
        """Give the statements that a statement becomes."""
        body = None if depth > _DEEPEST else self._replacement(step)
        if body is None:
            yield self._with_calls_in_blocks(step, depth)
            return
        for part in body:
            yield from self.inlined(part, depth + 1)

    def _with_calls_in_blocks(self, step: Step, depth: int) -> Step:
        """Replace the calls in a loop or branch whose functions fit or change an outer variable."""
        if not isinstance(step.node, ast.For | ast.While | ast.If):
            return step
        inner = self._fits if is_over_folds(step.node) else self._fits_model_or_changes
        if not any(map(inner, walk(step.node))):
            return step
        node = copied(step.node)
        for block in (node.body, node.orelse):
            block[:] = [new for inner in block for new in self._in_block(inner, step, depth)]
        return replace(step, node=ast.fix_missing_locations(node))

    def _in_block(self, node: ast.stmt, step: Step, depth: int) -> Iterator[ast.stmt]:
        """Give the statements that a statement of a block becomes.

        Args:
            node: the statement.
            step: the block.
            depth: how many calls were entered on the way to it.
        """
        if not isinstance(node, ast.Expr) or self._fits_model_or_changes(node.value):
            for new in self.inlined(replace(step, node=node), depth):
                for part in walk(new.node):
                    if isinstance(part, ast.Call):
                        part.__dict__.setdefault("written", location(part, new.written_in))
                # Its comments stand in the function: here the lines are those of the call.
                for part in walk(new.node) if isinstance(node, ast.Expr) else ():
                    ast.copy_location(part, node)
                yield new.node
        else:
            yield node

    def _changes_outer(self, node: ast.AST) -> bool:
        """Tell whether code is a call of a function that changes a variable from outside of it."""
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in self.functions:
                function = self.functions[name]
                body = ast.Module(function.body, [])
                own = stored_names(body) | {argument.arg for argument in function.args.args}
                changed = {name for s in function.body for name in effects(s).changes}
                return bool(changed - own)
        return False

    def _fits_model_or_changes(self, node: ast.AST) -> bool:
        return fits_model(node, self.functions) or self._changes_outer(node)

    def _fits(self, node: ast.AST) -> bool:
        """Tell whether code is a call of a function that fits something."""
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in self.functions:
                return mentions(self.functions[name], "fit")
        return False

    def _replacement(self, step: Step) -> list[Step] | None:
        called = _call_of(step.node)
        if called is None:
            return None
        name, call, target = called
        function = self.functions.get(name)
        arguments = bound_arguments(function, call) if function else None
        if function is None or arguments is None:
            return None
        function = self._decided(function, arguments)
        if not _inlinable(function):
            return None
        if target is not None and not _gives_value(function):
            return None
        statements = [
            copied(s) for s in _without_docstring(function.body) if not isinstance(s, ast.Global)
        ]
        before, rename = self._names(function, arguments, target, statements)
        statements = [part for s in statements for part in self.switches.decided(rename.visit(s))]
        if function.args.kwarg is not None:
            extra = [k for k in call.keywords if k.arg not in arguments]
            statements = [_with_options(s, function.args.kwarg.arg, extra) for s in statements]
        statements = _with_result(statements, target)
        for node in statements:
            ast.fix_missing_locations(node)
        definition = self.definitions[name]
        body = [
            replace(
                step,
                node=node,
                written_in=definition.written_in,
                comments=definition.comments.within(node),
            )
            for node in statements
        ]
        if not before and body:  # the call's comments go where the call went
            comments = step.comments.above(body[0].node) + body[0].comments
            body[0] = replace(body[0], comments=comments)
        return [*(step.becomes(node) for node in before), *body]

    def _decided(
        self, function: ast.FunctionDef, arguments: Mapping[str, ast.expr]
    ) -> ast.FunctionDef:
        """Give a function that ends in several places as it runs with the constants that it gets.

        Args:
            function: the function.
            arguments: the call's arguments by parameter.
        """
        if sum(isinstance(node, ast.Return) for node in walk(function)) < 2:
            return function
        stored = {name for node in function.body for name in stored_names(node)}
        given = {
            name: value
            for name, value in arguments.items()
            if isinstance(value, ast.Constant) and name not in stored
        }
        known = Substitution(given)
        body = [
            each
            for node in function.body
            for each in self.switches.decided(known.visit(copied(node)))
        ]
        ends = [at for at, node in enumerate(body) if isinstance(node, ast.Return)]
        new = copied(function)
        new.body = body[: ends[0] + 1] if ends else body
        return new

    def _names(
        self,
        function: ast.FunctionDef,
        arguments: Mapping[str, ast.expr],
        target: ast.expr | None,
        statements: Sequence[ast.stmt],
    ) -> tuple[list[ast.stmt], "_Rename"]:
        """Choose what parameters and local names become.

        Args:
            function: the function.
            arguments: the call's arguments by parameter.
            target: the target that takes the function's result, if any.
            statements: the function's body, without its docstring.

        Returns:
            Assignments to run before the body, and the renaming of its names.
        """
        stored = {name for s in statements for name in stored_names(s)} - _globals(function)
        renamed: dict[str, ast.expr] = {}
        before: list[ast.stmt] = []
        for name, value in arguments.items():
            if name not in stored and isinstance(value, ast.Name | ast.Constant | ast.Attribute):
                renamed[name] = value
                continue
            new = self._fresh(name, function.name, value)
            renamed[name] = ast.Name(new, ast.Load())
            if not (isinstance(value, ast.Name) and value.id == new):
                before.append(ast.Assign([ast.Name(new, ast.Store())], value))
        for name in sorted(stored - set(arguments)):
            wanted = isinstance(target, ast.Name) and target.id == name
            new = name if wanted else self._fresh(name, function.name, None)
            if new != name:
                renamed[name] = ast.Name(new, ast.Load())
        return before, _Rename(renamed)

    def _fresh(self, name: str, function: str, value: ast.expr | None) -> str:
        """Give a name that clashes with no other; `value` is what it stands for, if anything."""
        if isinstance(value, ast.Name) and value.id == name:
            return name
        if name not in self.taken:
            self.taken.add(name)
            return name
        new = f"{name}_{function}"
        while new in self.taken:
            new += "_"
        # Not taken: another call of the same function binds the same names anew.
        return new


def location(node: ast.expr, cell: int) -> Location:
    """Give where an expression is written: in which cell, and between which places."""
    end = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return cell, node.lineno, node.col_offset, *end


def _call_of(node: ast.stmt) -> tuple[str, ast.Call, ast.expr | None] | None:
    """Give the callee, the call and the target of a statement that is nothing but a call."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name)) as call):
            return name, call, None
        case ast.Assign(targets=[target], value=ast.Call(func=ast.Name(id=name)) as call):
            return name, call, target
    return None


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    match body:
        case [ast.Expr(value=ast.Constant()), *rest]:
            return rest
    return body


def _gives_value(function: ast.FunctionDef) -> bool:
    return isinstance(function.body[-1], ast.Return)


def _with_result(statements: list[ast.stmt], target: ast.expr | None) -> list[ast.stmt]:
    """Turn the `return` at the end of a body into an assignment to the call's target."""
    match statements:
        case [*rest, ast.Return(value=value) as end]:
            if target is None or value is None:
                return rest
            match target, value:
                case ast.Name(id=one), ast.Name(id=other) if one == other:
                    return rest
            return [*rest, ast.copy_location(ast.Assign([copied(target)], value), end)]
    return statements


def _inlinable(function: ast.FunctionDef) -> bool:
    """Tell whether a function is a straight list of statements, with no `return` but at its end."""
    if function.args.vararg or function.decorator_list or not _hands_on(function):
        return False
    returns = [n for s in function.body for n in _inside(s) if isinstance(n, ast.Return)]
    if len(returns) > 1 or (returns and function.body[-1] is not returns[0]):
        return False
    nodes = [n for s in function.body for n in walk(s)]
    if any(isinstance(n, ast.Yield | ast.YieldFrom | ast.Nonlocal) for n in nodes):
        return False
    if any(isinstance(n, ast.Global) and n not in function.body for n in nodes):
        return False
    if any(isinstance(n, ast.Name) and n.id == function.name for n in nodes):
        return False
    return not _filters_in_loops(function)


def _hands_on(function: ast.FunctionDef) -> bool:
    """Tell whether a function does nothing with ``**options`` but to hand them on to calls."""
    if function.args.kwarg is None:
        return True
    name = function.args.kwarg.arg
    handed = [k for n in walk(function) for k in _options_in(n, name)]
    uses = [n for n in walk(function) if isinstance(n, ast.Name) and n.id == name]
    return len(handed) == len(uses)


def _options_in(node: ast.AST, name: str) -> list[ast.keyword]:
    """Give the keywords of a call that stand for ``**options``."""
    if not isinstance(node, ast.Call):
        return []
    keywords = [k for k in node.keywords if k.arg is None and isinstance(k.value, ast.Name)]
    return [k for k in keywords if isinstance(k.value, ast.Name) and k.value.id == name]


def _with_options(node: ast.stmt, name: str, options: Sequence[ast.keyword]) -> ast.stmt:
    """Give a statement the options that a call has beyond a function's parameters.

    Args:
        node: the statement, which is changed.
        name: what the function calls them: `options` of ``**options``.
        options: the options.
    """
    for call in walk(node):
        for each in _options_in(call, name):
            assert isinstance(call, ast.Call)
            at = call.keywords.index(each)
            call.keywords[at : at + 1] = [copied(one) for one in options]
    return node


def _globals(function: ast.FunctionDef) -> set[str]:
    """Give the variables from outside that a function binds."""
    return {name for s in function.body if isinstance(s, ast.Global) for name in s.names}


def _filters_in_loops(function: ast.FunctionDef) -> bool:
    """Tell whether a function loops over groups of rows: it reads better as it stands."""
    return any(
        isinstance(part, ast.Attribute) and part.attr == "groupby"
        for node in walk(function)
        if isinstance(node, ast.For)
        for part in walk(node.iter)
    )


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a statement without entering functions and classes that it defines."""
    yield node
    if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
        for child in ast.iter_child_nodes(node):
            yield from _inside(child)


def bound_arguments(function: ast.FunctionDef, call: ast.Call) -> dict[str, ast.expr] | None:
    """Match a call's arguments to a function's parameters; None if they can't be matched."""
    parameters = [a.arg for a in [*function.args.posonlyargs, *function.args.args]]
    if any(isinstance(a, ast.Starred) for a in call.args) or len(call.args) > len(parameters):
        return None
    bound: dict[str, ast.expr] = {}
    defaults = function.args.defaults
    for parameter, default in zip(
        parameters[len(parameters) - len(defaults) :], defaults, strict=True
    ):
        bound[parameter] = default
    for keyword_only, only in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        if only is not None:
            bound[keyword_only.arg] = only
    bound.update(zip(parameters, call.args, strict=False))
    names = {*parameters, *(a.arg for a in function.args.kwonlyargs)}
    for keyword in call.keywords:
        if keyword.arg is None:
            return None
        if keyword.arg in names or function.args.kwarg is None:
            bound[keyword.arg] = keyword.value
    return bound if names == set(bound) else None


class _Rename(Substitution):
    """Replaces parameters by arguments, and local names that would clash by new ones."""

    def visit_Name(self, node: ast.Name) -> ast.expr:  # noqa: N802 - as ast calls it
        """Replace a name that is read or stored."""
        new = self.scope.get(node.id)
        if isinstance(node.ctx, ast.Load) or new is None:
            return super().visit_Name(node)
        return ast.Name(new.id, node.ctx) if isinstance(new, ast.Name) else node
