"""A starter fails, a solution passes, and each wrong solution is found; or verify says so."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from course.__main__ import main
from course.judging import judge_each
from course.lab import Lab, read_labs
from course.mistakes import Mistake
from course.verify import Claim, mutants_of, put_in, verify
from tests.course.invented import CART_LAB, FILES, GATE_LAB, LABS, write


def held(labs: list[Lab], solution: Path) -> dict[tuple[str, str], bool]:
    claims: list[Claim] = list(verify(labs, solution, sys.executable))
    return {(claim.lab, claim.about): claim.holds for claim in claims}


def test_good_labs_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    solved, folder = write(tmp_path / "solved", FILES), write(tmp_path / "labs", LABS)
    assert main(["verify", str(solved), "--lab-folder", str(folder)]) == 0
    said = capsys.readouterr().out
    assert said.count("ok ") == 8
    assert "ok  08_gate the_mean: failed: " in said


def test_what_a_lab_does_not_hold_is_said(tmp_path: Path) -> None:
    solved = write(tmp_path / "solved", FILES)
    right = "def total(prices, reduction):\n    return round(sum(prices) * (1 - reduction), 2)\n"
    files = {
        **LABS,
        "03_cart/mutants/no_reduction.py": right,  # is no mutant at all
        "03_cart/public/test_cart.py": "def test_nothing(team):\n    pass\n",
        "03_cart/hidden/test_cart_hidden.py": "def test_nothing(team):\n    pass\n",
    }
    labs = read_labs(write(tmp_path / "labs", files))
    shutil.rmtree(labs[1].folder / "mutants")
    (solved / "src" / "shop" / "gate.py").write_text("def interval(scores):\n    return 1, 1\n")
    labs[1] = replace(labs[1], empty={"src/*/gate.py": ("interval",)})
    assert held(labs, solved) == {
        ("03_cart", "starter"): False,
        ("03_cart", "solution"): True,
        ("03_cart", "alone"): True,
        ("03_cart", "no_reduction"): False,
        ("08_gate", "starter"): True,
        ("08_gate", "solution"): False,
        ("08_gate", "alone"): False,
        ("08_gate", "mutants"): False,
    }


def test_a_lab_that_needs_a_later_one_is_found(tmp_path: Path) -> None:
    gate = FILES["src/shop/gate.py"].replace("fmean(scores) -", "mean(scores) -")
    gate += "\n\nfrom shop.cart import total\n\n\ndef mean(s):\n    return total(s) / len(s)\n"
    solved = write(tmp_path / "solved", {**FILES, "src/shop/gate.py": gate})
    after = write(tmp_path / "after", LABS)
    assert held(read_labs(after), solved)["08_gate", "alone"]
    without = GATE_LAB.replace("after: [3]\n", "")
    labs = read_labs(write(tmp_path / "without", {**LABS, "08_gate/lab.yaml": without}))
    assert not held(labs, solved)["08_gate", "alone"]


def test_a_mutant_replaces_what_the_lab_empties(tmp_path: Path) -> None:
    solved, folder = write(tmp_path / "solved", FILES), write(tmp_path / "labs", LABS)
    cart, _ = read_labs(folder)
    wrong = write(tmp_path, {"wrong.py": "def said(scores):\n    return ''\n"}) / "wrong.py"
    with pytest.raises(Mistake, match=r"wrong\.py replaces said, which the lab does not empty"):
        put_in(solved, cart, wrong)


def test_a_mutant_in_a_folder_is_of_one_module(tmp_path: Path) -> None:
    files = {
        **LABS,
        "03_cart/lab.yaml": CART_LAB.replace("total]", "total]\n  src/*/till.py: [total]"),
    }
    files["03_cart/mutants/till/nothing.py"] = "def total(prices):\n    return 0\n"
    cart, _ = read_labs(write(tmp_path / "labs", files))
    solved = write(tmp_path / "solved", {**FILES, "src/shop/till.py": FILES["src/shop/cart.py"]})
    mutants = mutants_of(cart)
    assert list(mutants) == ["no_reduction", "till/nothing"]
    put_in(solved, cart, mutants["till/nothing"])
    assert (solved / "src/shop/cart.py").read_text() == FILES["src/shop/cart.py"]
    assert "return 0" in (solved / "src/shop/till.py").read_text()


def test_a_mutant_of_files_stands_in_for_what_the_lab_removes(tmp_path: Path) -> None:
    files = {
        **LABS,
        "08_gate/mutants/as_root/tests/test_gate.py": "assert '<package>'\n",  # is no function
        "08_gate/mutants/as_root/tests/notes.txt": "of <package>\n",
    }
    lab = GATE_LAB.replace("[tests/test_gate.py]", "[tests, README.md]")
    _, gate = read_labs(write(tmp_path / "labs", {**files, "08_gate/lab.yaml": lab}))
    solved = write(tmp_path / "solved", FILES)
    mutants = mutants_of(gate)
    assert list(mutants) == ["as_root", "the_mean"]
    put_in(solved, gate, mutants["as_root"])
    assert (solved / "tests" / "notes.txt").read_text() == "of shop\n"
    assert not (solved / "README.md").exists()
    assert (solved / "src/shop/gate.py").read_text() == FILES["src/shop/gate.py"]
    _, other = read_labs(write(tmp_path / "other", {**files, "08_gate/lab.yaml": GATE_LAB}))
    with pytest.raises(Mistake, match=r"notes\.txt, which the lab does not remove"):
        put_in(write(tmp_path / "again", FILES), other, mutants_of(other)["as_root"])


def test_a_mutant_is_found_by_the_check_that_is_named(tmp_path: Path) -> None:
    solved = write(tmp_path / "solved", FILES)
    right = '    """Is right."""\n    assert team.folder\n'
    checks = LABS["03_cart/hidden/test_cart_hidden.py"] + f"\n\ndef test_other(team):\n{right}"
    wrong = LABS["03_cart/mutants/no_reduction.py"]
    files = {
        **LABS,
        "03_cart/hidden/test_cart_hidden.py": checks,
        "03_cart/mutants/by_another.py": wrong,
        "03_cart/mutants/by_nobody.py": wrong,
        "03_cart/mutants/found_by.yaml": (
            "no_reduction: test_a_total\nby_another: test_other\nby_nobody: test_nothing\n"
        ),
    }
    labs = read_labs(write(tmp_path / "labs", files))
    found = {about: holds for (name, about), holds in held(labs[:1], solved).items() if name}
    assert found == {
        "starter": True,
        "solution": True,
        "alone": True,
        "no_reduction": True,
        "by_another": False,
        "by_nobody": False,
    }
    write(tmp_path / "labs", {"03_cart/mutants/found_by.yaml": "no_reductoin: test_a_total\n"})
    with pytest.raises(Mistake, match="there is no mutant no_reductoin"):
        held(labs[:1], solved)


WHO = """
def parent(part):
    import os
    return os.getppid()

def test_who(team):
    assert not team.ask(parent), f"{team.ask(parent)} answered"
"""


def test_one_process_answers_for_all(tmp_path: Path) -> None:
    """What takes long to import is imported once."""
    files = {**LABS, "03_cart/hidden/test_cart_hidden.py": WHO}
    cart, _ = read_labs(write(tmp_path / "labs", files))
    repos = [write(tmp_path / name, FILES) for name in ("one", "two", "three")]
    said = {verdict.reason for verdict in judge_each(cart, repos, sys.executable)}
    assert len(said) == 1
    assert "answered" in said.pop()
