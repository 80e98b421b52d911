"""A cruft that has imported all it needs, and compiled the template's files, before it is asked."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rendered import TEMPLATE
from tests.warm import put_warm_module, warm_python

ADDRESS = "WARM_CRUFT"  # names the socket; without it the real cruft runs
# A render compiles all files. What it imports of the generator is forgotten: a clone has its own.
_PREPARED = f"""\
import sys, tempfile
import cruft._cli, jinja2
from cookiecutter.main import cookiecutter

TEMPLATE = {str(TEMPLATE)!r}
sys.path.insert(0, TEMPLATE)
from tests.compiled import remembering

jinja2.Environment.compile = remembering(jinja2.Environment.compile)
with tempfile.TemporaryDirectory() as folder:
    settings = {{"replay_dir": folder + "/replay"}}
    cookiecutter(TEMPLATE, no_input=True, output_dir=folder, default_config=settings)
sys.path.remove(TEMPLATE)
for name in list(sys.modules):
    if name.partition(".")[0] in ("idea", "ml_repo_review", "tests"):
        del sys.modules[name]
"""


@contextlib.contextmanager
def warm_cruft(folder: Path) -> Iterator[None]:
    """Put it before the real one on PATH."""
    commands = folder / "bin"
    commands.mkdir()
    python = Path(sys.executable)
    put_warm_module(commands / "cruft", python, "cruft", ADDRESS)
    with (
        warm_python(python, folder, _PREPARED) as address,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv(ADDRESS, address)
        patch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
        yield
