"""The Jinja extension: an update renders two states of the template in one process."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.rendered import TEMPLATE, clean_environment

# What cruft does: render, check out another state of the template in the same folder, render.
TWO_STATES = """
import os, sys
from pathlib import Path
from jinja2 import Environment

template = Path(sys.argv[1])
sys.path.insert(0, str(template))

def rendered():
    environment = Environment(extensions=["idea.extension.IdeaExtension"])
    return environment.filters["recorded"]({})

print(rendered())
module = template / "idea" / "project" / "cruft_record.py"
second = module.stat().st_mtime_ns // 10**9 * 10**9
code = module.read_text(encoding="utf-8")
module.write_text(code.replace("return {}", "return []", 1), encoding="utf-8")
os.utime(module, ns=(second, second + 1))
print(rendered())
"""


def test_a_changed_module_of_a_subpackage_is_loaded_anew(tmp_path: Path) -> None:
    for name in ("idea", "ml_repo_review", "hooks", "templates"):
        shutil.copytree(TEMPLATE / name, tmp_path / name)
    shutil.copy(TEMPLATE / "cookiecutter.json", tmp_path)
    # Bytecode is matched to its source by whole seconds and size, and the change keeps both.
    module = tmp_path / "idea" / "project" / "cruft_record.py"
    second = module.stat().st_mtime_ns // 10**9 * 10**9
    os.utime(module, ns=(second, second))
    done = subprocess.run(
        [sys.executable, "-c", TWO_STATES, str(tmp_path)],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["{}", "[]"]
