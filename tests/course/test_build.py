"""A starter has the tasks, one commit, and no line of the solution in any object."""

import json
from pathlib import Path

import pytest

from course.__main__ import main
from course.build import build
from course.lab import read_labs
from course.leaks import leaks, telling
from course.mistakes import Mistake
from tests.course.invented import GATE, GATE_LAB, LABS, commit, run_git, solution, write


@pytest.fixture
def labs(tmp_path: Path) -> Path:
    return write(tmp_path / "labs", LABS)


@pytest.fixture
def solved(tmp_path: Path) -> Path:
    return solution(tmp_path / "shop")


def test_a_starter_is_one_commit_without_the_solution(
    tmp_path: Path, labs: Path, solved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "course"
    words = ["build", "--from", str(solved), "--lab-folder", str(labs), "--into", str(into)]
    assert main(words) == 0
    starter = into / "starter"
    assert run_git(starter, "rev-list", "--all", "--count") == "1"
    assert run_git(starter, "status", "--porcelain") == ""
    files = run_git(starter, "ls-files").splitlines()
    assert "tests/test_gate.py" not in files
    assert "labs/08_gate/public/test_gate.py" in files
    assert not [name for name in files if "hidden" in name or "mutants" in name]
    assert "lab-check:" in (starter / "Makefile").read_text()
    text = (starter / "src" / "shop" / "gate.py").read_text()
    assert 'raise NotImplementedError("lab 8: see labs/08_gate/TASK.md")' in text
    assert (into / "solution" / "src" / "shop" / "gate.py").read_text() == GATE
    assert "for 03_cart, 08_gate" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_same_solution_gives_the_same_first_commit(
    tmp_path: Path, labs: Path, solved: Path
) -> None:
    commits = {build(read_labs(labs), tmp_path / name, solved, {}) for name in ("a", "b")}
    assert len(commits) == 1


def test_a_mended_course_is_one_more_commit(tmp_path: Path, labs: Path, solved: Path) -> None:
    into = tmp_path / "course"
    first = build(read_labs(labs), into, solved, {})
    assert build(read_labs(labs), into, solved, {}) == first
    write(solved, {"README.md": "# A better shop\n"})
    commit(solved)
    second = build(read_labs(labs), into, solved, {})
    history = run_git(into / "starter", "rev-list", "HEAD").splitlines()
    assert history == [second, first]
    assert run_git(into / "starter", "diff", "--name-only", first, second) == "README.md"


def test_a_solution_that_stands_elsewhere_is_a_leak(
    tmp_path: Path, labs: Path, solved: Path
) -> None:
    line = "error = stdev(scores) / math.sqrt(len(scores))"
    write(solved, {"docs/gate.md": f"# How\n\n    {line}\n"})
    commit(solved)
    with pytest.raises(Mistake, match=r"docs/gate\.md:3 holds a line of the solution: error ="):
        build(read_labs(labs), tmp_path / "course", solved, {})
    assert not (tmp_path / "course").exists()
    common = f"{GATE_LAB}common:\n  - {line}\n"
    write(labs, {"08_gate/lab.yaml": common})
    build(read_labs(labs), tmp_path / "course", solved, {})


def test_a_copy_of_a_removed_file_is_a_leak(tmp_path: Path, labs: Path, solved: Path) -> None:
    text = (solved / "tests" / "test_gate.py").read_text()
    write(solved, {"old/copy.txt": text})
    commit(solved)
    with pytest.raises(
        Mistake, match=r"old/copy\.txt is a file that the starter should be without"
    ):
        build(read_labs(labs), tmp_path / "course", solved, {})


def test_a_lab_has_files_in_the_place_of_those_it_removes(
    tmp_path: Path, labs: Path, solved: Path
) -> None:
    write(labs, {"08_gate/starter/tests/test_gate.py": "# Lab 8: see its TASK.md.\n"})
    build(read_labs(labs), tmp_path / "course", solved, {})
    starter = tmp_path / "course" / "starter"
    assert (starter / "tests" / "test_gate.py").read_text() == "# Lab 8: see its TASK.md.\n"
    assert not (starter / "labs" / "08_gate" / "starter").exists()
    assert run_git(starter, "status", "--porcelain") == ""


def test_a_development_container_opens_at_the_first_lab(
    tmp_path: Path, labs: Path, solved: Path
) -> None:
    write(solved, {".devcontainer/devcontainer.json": '{"postCreateCommand": "make setup"}\n'})
    commit(solved)
    build(read_labs(labs), tmp_path / "course", solved, {})
    text = (tmp_path / "course" / "starter" / ".devcontainer" / "devcontainer.json").read_text()
    assert json.loads(text) == {
        "postCreateCommand": "make setup",
        "postAttachCommand": "make lab",
        "customizations": {"codespaces": {"openFiles": ["labs/03_cart/TASK.md"]}},
    }


def test_objects_that_no_commit_names_are_looked_at(tmp_path: Path, solved: Path) -> None:
    lines = telling(["return secret(of_the_gate)", "return 1", "}"])
    assert lines == {"return secret(of_the_gate)"}
    assert leaks(solved, lines) == []
    (tmp_path / "lost.py").write_text("if x:\n    return secret(of_the_gate)\n")
    run_git(solved, "hash-object", "-w", str(tmp_path / "lost.py"))
    (found,) = leaks(solved, lines)
    assert ":2 holds a line of the solution: return secret(of_the_gate)" in found
    run_git(solved, "tag", "-a", "v1", "-m", "return secret(of_the_gate)")
    assert len(leaks(solved, lines)) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["build", "project_name"], "'project_name' is no answer; write name=value"),
        (["build", "--labs", "9"], "there is no lab 9; labs are 3, 8"),
        (["build", "a=b", "--from", "x"], "leave one out"),
        (["build", "--from", "nowhere"], "nowhere is no Git repository with a commit"),
    ],
)
def test_a_mistake_is_one_line(
    tmp_path: Path,
    labs: Path,
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*words, "--lab-folder", str(labs)]) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert shown.count("\n") == 1
    assert not (tmp_path / "course-build").exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, labs: Path, solved: Path) -> None:
    write(tmp_path / "mine", {"thesis.txt": "long"})
    with pytest.raises(Mistake, match="mine is there and holds no course"):
        build(read_labs(labs), tmp_path / "mine", solved, {})
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "long"


def test_a_lab_that_does_not_fit_is_refused(tmp_path: Path, labs: Path, solved: Path) -> None:
    write(labs, {"08_gate/lab.yaml": GATE_LAB.replace("src/*/gate.py", "src/*/door.py")})
    with pytest.raises(Mistake, match=r"the repository has no src/\*/door\.py; render the part"):
        build(read_labs(labs), tmp_path / "course", solved, {})
    write(labs, {"08_gate/lab.yaml": GATE_LAB.replace("Gate.passes", "Gate.opens")})
    with pytest.raises(Mistake, match=r"src/shop/gate\.py: there is no function Gate\.opens"):
        build(read_labs(labs), tmp_path / "course", solved, {})
