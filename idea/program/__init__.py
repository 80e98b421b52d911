"""A notebook's code as one program: statements in order, their data flow, and static values."""

from idea.program.dataflow import Program, Step
from idea.program.script import Script, read_script
from idea.program.static_values import literal

__all__ = ["Program", "Script", "Step", "literal", "read_script"]
