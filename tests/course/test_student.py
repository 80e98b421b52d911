"""What a student sees: where they are, what was expected, one hint at a time."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.course.invented import CART, run_git, write


def labs(repo: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "labs", *words],
        cwd=repo,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def repo(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built / "starter", tmp_path / "mine")
    return tmp_path / "mine"


def test_a_student_goes_through_a_lab(repo: Path) -> None:
    said = labs(repo).stdout
    assert "0 of 2 labs are done" in said
    assert "Next: read labs/03_cart/TASK.md, then `make lab-check LAB=3`" in said
    failed = labs(repo, "check", "3")
    assert failed.returncode == 1
    assert "not   A cart costs what its prices add up to, less the reduction." in failed.stdout
    assert "still to be written (lab 3: see labs/03_cart/TASK.md)" in failed.stdout
    assert "Hint 1 of 2: A mean of few scores is not sure." in labs(repo, "hint", "8").stdout
    for _ in range(2):
        assert "Hint 2 of 2: Its standard error falls" in labs(repo, "hint", "8").stdout
    write(repo, {"src/shop/cart.py": CART.replace("1 - reduction", "1")})
    wrong = labs(repo, "check", "3")
    assert "expected 1.5, found 3.0" in wrong.stdout
    assert "Traceback" not in wrong.stdout + wrong.stderr
    write(repo, {"src/shop/cart.py": CART})
    done = labs(repo, "check", "3")
    assert done.returncode == 0
    assert "ok    A cart costs" in done.stdout
    said = labs(repo).stdout
    assert "1 of 2 labs are done" in said
    assert "tried" not in said
    assert "to do, 2 hints" in said
    assert run_git(repo, "status", "--porcelain").split() == ["M", "src/shop/cart.py"]


def test_another_python_is_told_what_to_type(repo: Path) -> None:
    """The commonest trap: a shell in which the environment is not the repository's."""
    command = [sys.executable, "-S", "-m", "labs"]  # knows no package
    done = subprocess.run(command, cwd=repo, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "`make setup`, then `source .venv/bin/activate`" in done.stderr
    assert done.stderr.count("\n") == 1


def test_tests_of_a_lab_that_is_to_be_done_are_skipped(repo: Path) -> None:
    """The repository's own tests turn red for other reasons only."""
    tests = "from shop.cart import total\n\n\ndef test_total():\n    assert total([1.0]) == 1.0\n"
    other = "\n\ndef test_other():\n    raise NotImplementedError('of others')\n"
    elsewhere = """

def test_elsewhere():
    import subprocess, sys
    code = "import sys; sys.path.insert(0, 'src'); from shop.cart import total; total([1.0])"
    subprocess.run([sys.executable, "-c", code], check=True)
"""
    wrapped = """

def test_wrapped():
    import pytest
    with pytest.raises(Exception, match="a price"):
        total([1.0])
        raise ValueError("a price")
"""
    write(repo, {"tests/test_cart.py": tests + other + elsewhere + wrapped})

    def outcome() -> str:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "tests",
                "-q",
                "-rs",
                "-o",
                f"pythonpath={repo / 'src'}",
            ],
            cwd=repo,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    said = outcome()
    assert "1 failed, 3 skipped" in said
    assert "lab 3: see labs/03_cart/TASK.md" in said
    write(repo, {"src/shop/cart.py": CART})
    assert "1 failed, 3 passed" in outcome()


@pytest.mark.skipif(sys.platform == "win32", reason="the shell is one of POSIX")
def test_a_line_of_the_makefile_that_meets_a_lab_is_left_out(repo: Path) -> None:
    """What CI calls fails for other reasons only."""

    def line(text: str) -> tuple[int, str]:
        code = f"import sys; sys.path.insert(0, 'src'); from shop.cart import total; {text}"
        command = ["labs/shell", "-c", f'"{sys.executable}" -c "{code}"']
        done = subprocess.run(command, cwd=repo, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    code, said = line("total([1.0])")
    assert code == 0
    assert "Left out until it is written: lab 3: see labs/03_cart/TASK.md" in said
    assert line("print('all is well')") == (0, "all is well\n")
    assert line("sys.exit(7)")[0] == 7
    assert line("raise NotImplementedError('of others')")[0] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "7"], "There is no lab 7; labs are 3, 8"),
        (["check"], "Type `python -m labs`"),
        (["chek", "3"], "Type `python -m labs`"),
        (["check", "three"], "Type `python -m labs`"),
    ],
)
def test_a_mistake_is_one_line(repo: Path, words: list[str], said: str) -> None:
    done = labs(repo, *words)
    assert done.returncode == 2
    assert said in done.stdout
    assert done.stdout.count("\n") == 1
