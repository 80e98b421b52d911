"""The labs of this course, on a rendered repository: each finds what is wrong, and only that."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course.build import build
from course.lab import Lab, read_labs
from course.page import page
from course.verify import mutants_of, verify
from tests.course.invented import CART, run_git, write
from tests.rendered import RenderedRepo
from tests.shared import Share

LABS = read_labs()
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def course(share: Share, starter: RenderedRepo) -> Path:
    """Give the course that is built of the labs. Tests only read it."""
    return share("course", lambda into: build(LABS, into, starter.path, {}))


def test_each_lab_says_what_it_takes() -> None:
    for lab in LABS:
        assert len(lab.hints) >= 3, lab.name
        assert f"LAB={lab.number}" in (lab.folder / "TASK.md").read_text(encoding="utf-8")
        assert len(mutants_of(lab)) >= 4, lab.name


def test_the_page_of_labs_is_theirs() -> None:
    """`python -m course page > docs/course/labs.md` brings it up to date."""
    assert (ROOT / "docs" / "course" / "labs.md").read_text(encoding="utf-8") == page(LABS)


def test_the_starter_is_one_clean_commit(course: Path) -> None:
    repo = course / "starter"
    assert run_git(repo, "rev-list", "--all", "--count") == "1"
    assert "lab-check: ## " in (repo / "Makefile").read_text(encoding="utf-8")
    said = subprocess.run(
        [sys.executable, "-m", "labs"], cwd=repo, capture_output=True, text=True, check=True
    ).stdout
    assert f"0 of {len(LABS)} labs are done" in said


def test_the_starter_keeps_to_its_own_style(course: Path) -> None:
    """Emptied modules and the labs beside them turn no linter red."""
    for words in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *words, "--no-cache", "."],
            cwd=course / "starter",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_coverage_is_asked_for_once_all_labs_are_done(
    built: Path, environment: Path, tmp_path: Path
) -> None:
    repo = tmp_path / "mine"
    shutil.copytree(built / "starter", repo)
    test = "from shop.cart import total\n\n\ndef test_total():\n    assert total([1.0]) == 1.0\n"
    write(
        repo,
        {
            "tests/test_cart.py": test,
            "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["src"]\n',
        },
    )

    def covered() -> "subprocess.CompletedProcess[str]":
        words = ["pytest", "tests", "-n", "1", "--cov=shop", "--cov-fail-under=90"]
        return subprocess.run(
            [environment / "bin" / "python", "-m", *words],
            cwd=repo,
            capture_output=True,
            text=True,
            check=False,
        )

    done = covered()
    assert done.returncode == 0, done.stdout
    assert "1 skipped" in done.stdout
    write(repo, {"src/shop/cart.py": CART})  # the gate is in no test
    done = covered()
    assert done.returncode == 1
    assert "FAIL Required test coverage of 90%" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("lab", LABS, ids=[lab.name for lab in LABS])
def test_a_lab_finds_what_is_wrong(lab: Lab, starter: RenderedRepo, environment: Path) -> None:
    claims = list(verify([lab], starter.path, str(environment / "bin" / "python"), LABS))
    assert [f"{claim.about}: {claim.said}" for claim in claims if not claim.holds] == []
