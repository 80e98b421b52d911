"""A small invented course: a solution with a gate and a cart, and a lab about each."""

import subprocess
from pathlib import Path

GATE = '''"""May a model pass?"""

import json
import math
from statistics import fmean, stdev


def interval(scores: list[float]) -> tuple[float, float]:
    """Give the mean, less and plus two standard errors."""
    # The error of a mean falls with the root of their number.
    error = stdev(scores) / math.sqrt(len(scores))
    return fmean(scores) - 2 * error, fmean(scores) + 2 * error


def said(scores: list[float]) -> str:
    """Write the scores down."""
    return json.dumps(scores)


class Gate:
    """A gate with a floor."""

    def __init__(self, floor: float) -> None:
        self.floor = floor

    def passes(self, scores: list[float]) -> bool:
        """Tell whether the lower end is above the floor."""
        lower, _ = interval(scores)
        return lower > self.floor  # and not merely the mean
'''
CART = '''"""What is bought."""


def total(prices: list[float], reduction: float = 0.0) -> float:
    """Add prices, less a share of them."""
    return round(sum(prices) * (1 - reduction), 2)
'''
GATE_LAB = """\
title: The gate
minutes: 60
points: 6
after: [3]
hints:
  - A mean of few scores is not sure.
  - Its standard error falls with the root of their number.
empty:
  src/*/gate.py: [interval, Gate.passes]
remove: [tests/test_gate.py]
seconds: 3
"""
CART_LAB = """\
title: The cart
minutes: 30
points: 4
hints: [Multiply.]
empty:
  src/*/cart.py: [total]
seconds: 3
"""
GATE_CHECK = '''"""A gate is about the lower end."""


def passes(part, floor, scores):
    return part("gate").Gate(floor).passes(scores)


def test_sure_scores_pass(team):
    """Scores that are all alike pass a floor below them."""
    assert team.ask(passes, {floor}, [0.9, 0.9, 0.91]), "expected that 0.9 passes, it did not"


def test_unsure_scores_do_not_pass(team):
    """Scores far apart do not pass a floor just below their mean."""
    assert not team.ask(passes, {floor}, [0.1, 0.99, 0.99, 0.99]), "expected a refusal"
'''
CART_CHECK = '''"""Totals are right."""


def total(part, prices, reduction):
    return part("cart").total(prices, reduction)


def test_a_total(team):
    """A cart costs what its prices add up to, less the reduction."""
    found = team.ask(total, {prices}, {reduction})
    assert found == {total}, f"expected {total}, found {found}"
'''
FILES = {
    "Makefile": "help:\n\t@echo help\n",
    "README.md": "# A shop\n",
    "src/shop/__init__.py": '"""A shop."""\n',
    "src/shop/gate.py": GATE,
    "src/shop/cart.py": CART,
    "tests/test_gate.py": "assert 'the answer to this lab is told by this test'\n",
}
LABS = {
    "03_cart/lab.yaml": CART_LAB,
    "03_cart/TASK.md": "# The cart\n",
    "03_cart/public/test_cart.py": CART_CHECK.replace("{prices}", "[1.0, 2.0]")
    .replace("{reduction}", "0.5")
    .replace("{total}", "1.5"),
    "03_cart/hidden/test_cart_hidden.py": CART_CHECK.replace("{prices}", "[0.1, 0.3, 4.0]")
    .replace("{reduction}", "0.25")
    .replace("{total}", "3.3"),
    "03_cart/mutants/no_reduction.py": "def total(prices, reduction):\n    return sum(prices)\n",
    "08_gate/lab.yaml": GATE_LAB,
    "08_gate/TASK.md": "# The gate\n",
    "08_gate/public/test_gate.py": GATE_CHECK.replace("{floor}", "0.7"),
    "08_gate/hidden/test_gate_hidden.py": GATE_CHECK.replace("{floor}", "0.72"),
    "08_gate/mutants/the_mean.py": (
        "class Gate:\n    def passes(self, scores):\n"
        "        return sum(scores) / len(scores) > self.floor\n"
    ),
}


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def run_git(folder: Path, *words: str) -> str:
    """Run Git as a person would, and give what it printed."""
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path, message: str = "Work") -> str:
    """Commit all of a folder; give the commit."""
    run_git(folder, "add", "--all")
    run_git(folder, "commit", "--quiet", "--message", message)
    return run_git(folder, "rev-parse", "HEAD")


def solution(folder: Path) -> Path:
    """Make the repository of the solution."""
    write(folder, FILES)
    run_git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder, "Solve all")
    return folder
