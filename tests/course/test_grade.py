"""A cohort from hand-out to grades: who solves, who does nothing, who cheats, who breaks things."""

import contextlib
import csv
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from course import grade as grading
from course.__main__ import main
from course.build import build
from course.grade import Grades, Handed, grade, read_handed
from course.judging import alone, judge
from course.lab import Lab
from course.mistakes import Mistake
from tests.course.invented import CART, FILES, GATE, commit, run_git, write

pytestmark = pytest.mark.slow

# Has every check of pytest's pass, wherever pytest reads it.
EVERYTHING = """
import pytest

@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    report.outcome, report.longrepr = "passed", None

def pytest_sessionfinish(session):
    session.exitstatus = 0
"""
AT_START = "import os\nos.environ['PYTEST_PLUGINS'] = 'everything_passes'\n"
SETTINGS = "addopts = -p everything_passes\npythonpath = ."
RENAMED = GATE.replace("scores", "values").replace("error", "deviation").replace("# The", "#")
IN_CART = 'def total(prices, reduction=0.0):\n    """Add."""\n    '

# What each team changes in the starter; None: the file is deleted.
WORK: dict[str, Mapping[str, str | None]] = {
    "all": {"src/shop/gate.py": GATE, "src/shop/cart.py": CART},
    "some": {"src/shop/cart.py": CART},
    "nothing": {},
    "copy": {"src/shop/gate.py": RENAMED},
    "deleted": {"src/shop/cart.py": CART, "src/shop/gate.py": None},
    "gone": {"src/shop/__init__.py": None, "src/shop/gate.py": None, "src/shop/cart.py": None},
    "conftest": dict.fromkeys(
        ("conftest.py", "src/conftest.py", "labs/conftest.py", "labs/08_gate/public/conftest.py"),
        EVERYTHING,
    ),
    "sitecustomize": {
        "sitecustomize.py": AT_START,
        "src/sitecustomize.py": AT_START,
        "src/usercustomize.py": AT_START,
        "src/everything_passes.py": EVERYTHING,
    },
    "path": {
        ".env": "PYTHONPATH=src\n",
        "src/pytest.py": AT_START,
        "pytest.py": AT_START,
        "src/json.py": "def dump(*_): pass\n",
        "json.py": "def load(*_): return True\n",
    },
    "plugin": {
        "everything_passes.py": EVERYTHING,
        "src/everything_passes.py": EVERYTHING,
        "pytest.ini": f"[pytest]\n{SETTINGS}\n",
        "tox.ini": f"[pytest]\n{SETTINGS}\n",
        "labs/pytest.ini": f"[pytest]\n{SETTINGS}\n",
    },
    "makefile": {"Makefile": "lab-check:\n\t@true\n", "labs/__main__.py": "print('passed')\n"},
    "checks": {"labs/03_cart/public/test_cart.py": "def test_nothing(): pass\n"},
    "exit": {"src/shop/__init__.py": "import os\nos._exit(0)\n"},
    "loop": {"src/shop/cart.py": IN_CART + "while True:\n        pass\n"},
    "disk": {
        "src/shop/cart.py": IN_CART
        + "open('full', 'wb').write(bytes(200_000_000))\n    return 1.5\n"
    },
    "memory": {"src/shop/cart.py": IN_CART + "return len(bytearray(10**11))\n"},
    "lost": {},
    # Both changed what the course mends meanwhile.
    "clash": {"README.md": "# Our shop\n", "src/shop/cart.py": CART},
    "clash-too": {"README.md": None, "src/shop/gate.py": GATE, "src/shop/cart.py": CART},
}
FAILED, PASSED, NOT = "failed", "passed", "not judged"
EXPECTED = {
    **dict.fromkeys(WORK, (FAILED, FAILED)),
    "all": (PASSED, PASSED),
    "some": (PASSED, FAILED),
    "copy": (FAILED, PASSED),
    "deleted": (PASSED, FAILED),
    "clash": (PASSED, FAILED),
    "clash-too": (PASSED, PASSED),
    "lost": (NOT, NOT),
}


@pytest.mark.parametrize("team", ["conftest", "sitecustomize", "plugin", "checks"])
def test_cheats_work_where_nothing_keeps_them_out(built: Path, tmp_path: Path, team: str) -> None:
    repo = tmp_path / "repo"
    shutil.copytree(built / "starter", repo)
    write(repo, {name: text for name, text in WORK[team].items() if text is not None})
    path = {"PYTHONPATH": str(repo / "src")} if team == "sitecustomize" else {}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "labs/03_cart/public", "--quiet"],
        cwd=repo,
        env={**os.environ, **path},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0


@dataclass(frozen=True)
class Graded:
    """What a cohort came to.

    Attributes:
        updated: what was said of an update before it was collected.
        into: the folder of grades.
        kept: when the verdicts were written that were there when the first call was killed.
        again: the same verdicts after the second call.
    """

    handed: Handed
    course: Path
    updated: str
    into: Path
    kept: dict[Path, int]
    again: dict[Path, int]


@pytest.fixture(scope="module")
def graded(
    built: Path, invented_labs: list[Lab], tmp_path_factory: pytest.TempPathFactory
) -> Graded:
    """Hand out, have all teams work and push, update, collect, and grade, killed once."""
    folder = tmp_path_factory.mktemp("cohort")
    rows = [f"{team},{team.title()} B,{team}@x.org,{n}" for n, team in enumerate(WORK)]
    roster = write(folder, {"cohort.csv": "\n".join(["team,name,email,id", *rows])}) / "cohort.csv"
    cohort, collected, into = (str(folder / n) for n in ("teams", "collected", "grades"))
    course = ["--course", str(built)]
    assert main(["hand-out", str(roster), "--to", cohort, *course]) == 0
    for team, changes in WORK.items():
        if changes:
            repo = folder / "work" / team
            repo.parent.mkdir(exist_ok=True)
            run_git(folder, "clone", "--quiet", f"{cohort}/{team}.git", str(repo))
            write(repo, {name: text for name, text in changes.items() if text is not None})
            for name in (name for name, text in changes.items() if text is None):
                (repo / name).unlink()
            commit(repo)
            run_git(repo, "push", "--quiet")
    shutil.rmtree(folder / "teams" / "lost.git")
    mended, course = mend(built, folder, invented_labs), ["--course", str(folder / "course")]
    with contextlib.redirect_stdout(io.StringIO()) as updated:
        assert main(["update", "--cohort", cohort, *course]) == 1  # as one is lost
    run_git(folder / "work" / "all", "pull", "--quiet", "--no-rebase", "origin", "course-update-1")
    run_git(folder / "work" / "all", "push", "--quiet")
    at = datetime.now(UTC).isoformat()
    assert main(["collect", "--at", at, "--cohort", cohort, "--into", collected]) == 1
    words = ["grade", "--collected", collected, "--into", into, *course]
    words += ["--lab-folder", str(invented_labs[0].folder.parent)]
    kept = _killed(words, Path(into))
    assert main(words) == 1
    again = {path: path.stat().st_mtime_ns for path in kept}
    handed = read_handed(Path(collected))
    return Graded(handed, mended, updated.getvalue(), Path(into), kept, again)


def mend(built: Path, folder: Path, labs: list[Lab]) -> Path:
    """Make a course whose README differs from that of the course which was handed out."""
    course, solved = folder / "course", folder / "solved"
    shutil.copytree(built, course)
    shutil.copytree(built / "solution", solved)
    write(solved, {"README.md": "# A mended shop\n"})
    commit(solved)
    build(labs, course, solved, {})
    return course


def _killed(words: list[str], into: Path) -> dict[Path, int]:
    """Kill a grading as soon as some verdicts are there; give when these were written."""
    with subprocess.Popen([sys.executable, "-m", "course", *words]) as process:
        while len(list(into.glob("cells/*/*.json"))) < 3 and process.poll() is None:
            time.sleep(0.05)
        process.kill()
    assert process.returncode, "it ended before it could be killed"
    return {path: path.stat().st_mtime_ns for path in into.glob("cells/*/*.json")}


def test_the_matrix_is_as_expected_cell_by_cell(graded: Graded, invented_labs: list[Lab]) -> None:
    grades = verdicts(graded, invented_labs)
    names = [lab.name for lab in invented_labs]
    found = {team: tuple(grades[team, name].state for name in names) for team in WORK}
    assert found == EXPECTED


def test_conflicts_are_listed_before_anything_is_pushed(graded: Graded) -> None:
    *predicted, pushed = graded.updated.splitlines()
    assert [line for line in predicted if ": merges" not in line and "lost" not in line] == [
        "clash: conflicts (README.md)",
        "clash-too: conflicts (README.md)",
    ]
    assert pushed == f"Pushed course-update-1 to {len(WORK) - 1} teams"
    commit_of_all = graded.handed.commits["all"]
    assert commit_of_all is not None
    repo = graded.handed.folder / "all.git"
    assert run_git(repo, "show", f"{commit_of_all}:README.md") == "# A mended shop"


def verdicts(graded: Graded, labs: list[Lab]) -> Grades:
    return grade(graded.handed, labs, graded.course / "solution", graded.into, said=lambda _: None)


@pytest.mark.parametrize(
    ("team", "said"),
    [
        ("nothing", "still to be written (lab 3: see labs/03_cart/TASK.md)"),
        ("loop", " seconds"),  # of processor time; on a busy machine of the clock
        ("disk", "your code gave no answer: OSError: "),
        ("memory", "your code gave no answer: MemoryError"),
        ("exit", "your code gave no answer: it ended with code 0"),
        ("gone", "there is no package below src/"),
        ("lost", "lost.git has no branch main"),
    ],
)
def test_each_failure_has_its_reason(graded: Graded, team: str, said: str) -> None:
    page = (graded.into / "grades.html").read_text(encoding="utf-8")
    row = page[page.index(f"<b>{team}</b>") :].partition("</tr>")[0]
    assert said in row


def test_what_was_judged_before_a_kill_stays(
    graded: Graded, invented_labs: list[Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(graded.kept) >= 3
    assert graded.again == graded.kept

    def never(*_: object) -> None:
        raise AssertionError("it was judged again")

    monkeypatch.setattr(grading, "_judged", never)
    verdicts(graded, invented_labs)
    other = [replace(lab, folder=other_checks(lab, graded.into.parent)) for lab in invented_labs]
    with pytest.raises(AssertionError, match="judged again"):
        verdicts(graded, other)


def other_checks(lab: Lab, folder: Path) -> Path:
    """Copy a lab, with one more check."""
    path = folder / "other" / lab.name
    shutil.copytree(lab.folder, path)
    write(path, {"hidden/test_more.py": "def test_more(team):\n    pass\n"})
    return path


def suites_of(graded: Graded) -> ElementTree.Element:
    return ElementTree.parse(graded.into / "grades.xml").getroot()  # noqa: S314 - our own


def test_every_form_says_the_same(graded: Graded) -> None:
    with (graded.into / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["Team"]: row for row in csv.DictReader(file)}
    assert rows["all"]["Email address"] == "all@x.org"
    labs = ("Lab 3 The cart", "Lab 8 The gate")
    points = {PASSED: ("4", "6"), FAILED: ("0", "0"), NOT: ("", "")}
    for team, states in EXPECTED.items():
        expected = [points[state][n] for n, state in enumerate(states)]
        assert [rows[team][lab] for lab in labs] == expected
    suites = {s.get("name"): s for s in suites_of(graded)}
    counts = [suites["some"].get(key) for key in ("tests", "failures", "errors")]
    assert counts == ["6", "4", "0"]
    assert suites["lost"].get("errors") == "2"
    told = json.loads((graded.into / "results" / "some.json").read_text(encoding="utf-8"))
    assert told["schema"] == "classroom50/result/v1"
    assert [(t["passed"], t["score"], t["max-score"]) for t in told["tests"]] == [
        (True, 4, 4),
        (False, 0, 6),
    ]
    assert json.loads((graded.into / "results" / "lost.json").read_text())["tests"] == []


def test_functions_written_alike_are_listed(graded: Graded) -> None:
    page = (graded.into / "grades.html").read_text(encoding="utf-8")
    listed = page[page.index("Functions written alike") :]
    for pair in (("all", "copy"), ("all", "the solution"), ("copy", "the solution")):
        cells = "".join(f"<td>{name}</td>" for name in pair)
        assert f"<td>src/shop/gate.py: interval</td>{cells}<td>100%</td>" in listed
    assert "nothing" not in listed


def test_a_lab_that_the_solution_does_not_pass_is_judged_for_nobody(
    graded: Graded, invented_labs: list[Lab], tmp_path: Path
) -> None:
    said: list[str] = []
    few = [student for student in graded.handed.students if student.team in ("all", "nothing")]
    handed = replace(graded.handed, students=tuple(few))
    broken = write(tmp_path / "broken", FILES)
    (broken / "src" / "shop" / "cart.py").write_text("import nothing_of_the_kind\n")
    grades = grade(handed, invented_labs, broken, tmp_path / "grades", said=said.append)
    assert {grades[team, "03_cart"].state for team in handed.teams} == {NOT}
    assert grades["all", "08_gate"].state == PASSED
    assert said[0].startswith("03_cart is judged for nobody: the solution: 2 of 2 checks failed")


def test_a_check_that_is_broken_is_no_teams_fault(invented_labs: list[Lab], tmp_path: Path) -> None:
    solved = write(tmp_path / "solved", FILES)
    for name, text in (("import", "import nothing_of_the_kind\n"), ("none", '"""Empty."""\n')):
        folder = tmp_path / name
        shutil.copytree(invented_labs[0].folder, folder)
        write(folder, {"public/test_cart.py": text, "hidden/test_cart_hidden.py": text})
        assert judge(replace(invented_labs[0], folder=folder), solved, sys.executable).state == NOT
    assert judge(invented_labs[0], solved, str(tmp_path / "no-python")).state == NOT


@pytest.mark.skipif(not alone(), reason="this system does not let us take the network away")
def test_a_teams_code_has_no_network(invented_labs: list[Lab], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        asks = f"import socket; socket.create_connection(('127.0.0.1', {port}))\n    return 1.5\n"
        repo = write(tmp_path, {**FILES, "src/shop/cart.py": IN_CART + asks})
        verdict = judge(invented_labs[0], repo, sys.executable, hidden=False)
        assert (verdict.state, "OSError" in verdict.reason or "refused" in verdict.reason) == (
            FAILED,
            True,
        )
        socket.create_connection(("127.0.0.1", port), 2).close()


def test_nothing_collected_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="holds nothing collected; make it with `collect`"):
        read_handed(tmp_path)
