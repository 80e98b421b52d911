"""Takes tables of rows to predict, such as `test.csv`, out of a notebook's statements."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from idea.analysis.row_filters import unfiltered, without_row_filters
from idea.analysis.row_origins import is_of_key
from idea.analysis.separator import WIDTH, Separator
from idea.analysis.slices import Slices
from idea.knowledge.pandas_methods import CONCATENATIONS, JOINS
from idea.program import Program, Script
from idea.program.names_used import free_names, root
from idea.syntax import brief, callee_name, import_path, keyword_value


@dataclass(frozen=True)
class Separated:
    """A notebook's code without the rows to predict, and what to say about these."""

    script: Script
    notes: tuple[tuple[int, str], ...]


def without_rows_to_predict(
    slices: Slices, headers: Mapping[int, Sequence[object]]
) -> Separated | None:
    """Take the tables out that hold rows to predict.

    Such a table is put below the one that is learned from, and cut off again; or it is shaped
    beside it. A table that is joined by a key is none, nor is one whose rows are learned from.

    Args:
        slices: the statements behind the fit.
        headers: the columns of tables, by the position of their load, where they are known.

    Returns:
        The code, in which what only concerns these rows is left out; None if there are none.
    """
    others = [
        position
        for position, step in enumerate(slices.steps)
        if step.role == "load"
        and position != slices.load
        and (position in slices.X or position in slices.y)
    ]
    others = [p for p in others if _is_to_predict(p, slices) and _is_alike(p, slices, headers)]
    if slices.load not in slices.y:  # the target's table is none, whatever rows it has
        others = [p for p in others if p not in slices.y]
    if not others:
        return None
    separator = Separator(slices, others, headers)
    steps = [separator.step(position, step) for position, step in enumerate(slices.steps)]
    program = Program(tuple(steps), slices.script.functions)
    notes = [*separator.notes]
    for p in others:
        code = brief(slices.steps[p].node, WIDTH)
        text = f"`{code}` reads rows to predict: nothing is learned from them"
        notes.append((slices.steps[p].cell, text))
    return Separated(replace(slices.script, program=program), tuple(notes))


def _is_to_predict(load: int, slices: Slices) -> bool:
    """Tell whether a table holds rows to predict.

    Args:
        load: position of the step that reads it.
        slices: the statements behind the fit.
    """
    names = variables_of(load, slices)
    learned = variables_of(slices.load, slices) | ({*slices.X_lineage.values()} - names)
    joined = _is_looked_up_in(load, names, learned, slices)
    below = -1
    for position in range(load + 1, slices.fit.position):
        node = slices.steps[position].node
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        for call in ast.walk(node):
            if not isinstance(call, ast.Call) or not names & free_names(call):
                continue
            if callee_name(call) in JOINS or is_beside(call, slices.script):
                joined = joined or bool(free_names(call) & learned)
            if import_path(call.func, slices.script.imports) in CONCATENATIONS:
                below = max(below, position) if position in slices.X_lineage else below
    if joined:
        return False
    return below < 0 or _is_cut_off(below, slices)


def _is_looked_up_in(load: int, names: set[str], learned: set[str], slices: Slices) -> bool:
    """Tell whether rows to learn from are mapped by what is made of a table alone, as a dict.

    Args:
        load: position of the step that reads it.
        names: the variables that hold its rows.
        learned: those that hold rows to learn from.
        slices: the statements behind the fit.
    """
    made = set(names)
    for position in range(load + 1, slices.fit.position):
        node = slices.steps[position].node
        for call in ast.walk(node):
            match call:
                case ast.Call(func=ast.Attribute(value=rows, attr="map" | "replace"), args=given):
                    used = {name for each in given for name in free_names(each)}
                    if used & made and root(rows) in learned:
                        return True
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                used = free_names(value)
                if used & made and not used & learned:
                    made.add(name)
    return False


def _is_alike(load: int, slices: Slices, headers: Mapping[int, Sequence[object]]) -> bool:
    """Tell whether a table has the columns of the one that is learned from, as far as is known.

    Args:
        load: position of the step that reads it.
        slices: the statements behind the fit.
        headers: the columns of tables, by the position of their load, where they are known.
    """
    columns, learned = headers.get(load), headers.get(slices.load)
    if not columns or not learned:
        return True
    return sum(column in learned for column in columns) * 2 > len(columns)


def is_beside(call: ast.Call, script: Script) -> bool:
    """Tell whether a call puts tables beside each other, columns by columns."""
    if import_path(call.func, script.imports) not in CONCATENATIONS:
        return False
    axis = keyword_value(call, "axis") or (call.args[1] if len(call.args) > 1 else None)
    return isinstance(axis, ast.Constant) and axis.value in (1, "columns")


def _is_cut_off(below: int, slices: Slices) -> bool:
    """Tell whether rows are selected between a concatenation and the fit."""
    functions = slices.script.functions
    kinds = slices.kinds_at(slices.fit.position)
    if ast.dump(unfiltered(slices.fit.X, kinds, functions)) != ast.dump(slices.fit.X):
        return True
    return any(
        without_row_filters(slices.steps[p].node, slices.kinds_at(p), functions).filters
        or any(is_of_key(part) for part in ast.walk(slices.steps[p].node))
        for p in slices.X_lineage
        if p > below
    )


def variables_of(load: int, slices: Slices) -> set[str]:
    """Give the variables that hold nothing but rows of one table."""
    names = set(slices.program.effects[load].makes)
    for step in slices.steps[load + 1 : slices.fit.position]:
        match step.node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if root(value) in names:
                names.add(name)
    return names
