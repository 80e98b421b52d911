"""Builds a course: the solution, and a starter whose history holds no line of it."""

import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from course.functions import emptied
from course.git import git, run, tip
from course.lab import Lab
from course.leaks import leaks, telling
from course.mistakes import Mistake

TEMPLATE = Path(__file__).parents[1]
STUDENT = Path(__file__).parent / "student"
STARTER = Path(__file__).parent / "starter"
SHOWN = 5  # leaks, of which there may be hundreds
PUBLIC = ("TASK.md", "lab.yaml", "public")
MAKE = """
# labs

# What CI calls beside the tests may meet a function that is still empty.
params-check lock-check: SHELL := labs/shell

.PHONY: lab lab-check lab-hint

lab: ## where am I in the course, and what is next?
	@python -m labs

lab-check: ## what is checked in public of LAB=7
	@python -m labs check $(LAB)

lab-hint: ## the next hint for LAB=7
	@python -m labs hint $(LAB)
"""


@dataclass
class Emptied:
    """What a starter is without.

    Attributes:
        lines: of the emptied bodies, that would give something away.
        files: hashes of the contents of removed files.
        functions: names of emptied functions by their file, below the repository.
    """

    lines: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    functions: dict[str, list[str]] = field(default_factory=dict)


def build(labs: list[Lab], into: Path, solution: Path | None, answers: Mapping[str, str]) -> str:
    """Make, or bring up to date, the folder of a course: `solution/`, `starter/` and course.json.

    A starter that is there already keeps its history: what changed becomes one more commit, which
    every repository that was handed out can merge.

    Args:
        labs: of the course.
        into: the course's folder.
        solution: a repository to begin with; None: it is rendered.
        answers: to the template's questions, where it is rendered.

    Returns:
        The starter's newest commit.

    Raises:
        Mistake: a lab does not fit the repository, or the starter would hold some of the solution.
    """
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{into.name}-", dir=into.parent) as folder:
        new = Path(folder) / "course"
        new.mkdir()
        if solution is None:
            solution = _rendered(Path(folder) / "rendered", answers)
        _clone(solution, new / "solution")
        starter = new / "starter"
        if (into / "starter").exists():
            _clone(into / "starter", starter)
            _clear(starter)
        else:
            starter.mkdir()
            git(starter, "init", "--quiet", "--initial-branch", "main")
        _copy(new / "solution", starter)
        gone = empty(starter, labs)
        _add_labs(starter, labs)
        commit = _committed(starter, new / "solution")
        found = leaks(starter, gone.lines, gone.files)
        if found:
            more = f" (and {len(found) - SHOWN} more)" if len(found) > SHOWN else ""
            raise Mistake(
                f"the starter would hold some of the solution: {'; '.join(found[:SHOWN])}{more}; "
                "empty or remove that too, or list the line as common in the lab's lab.yaml"
            )
        about = {
            "labs": [{"name": lab.name, "title": lab.title, "points": lab.points} for lab in labs],
            "functions": gone.functions,
        }
        text = json.dumps(about, indent=2) + "\n"
        (new / "course.json").write_text(text, encoding="utf-8", newline="\n")
        _replace(into, new)
    return commit


def empty(repo: Path, labs: Iterable[Lab]) -> Emptied:
    """Empty the functions and remove the files that labs name, in a folder of files.

    What a lab's own `starter/` holds comes in their place.

    Raises:
        Mistake: one is not there.
    """
    gone = Emptied()
    for lab in labs:
        place = lab.folder / "lab.yaml"
        for glob, names in lab.empty.items():
            for path in _matches(repo, glob, place):
                try:
                    said = f"lab {lab.number}: see labs/{lab.name}/TASK.md"
                    text, lines = emptied(path.read_text(encoding="utf-8"), names, said)
                except Mistake as bad:
                    raise Mistake(f"{place}: {path.relative_to(repo).as_posix()}: {bad}") from None
                path.write_text(text, encoding="utf-8", newline="\n")
                gone.lines |= telling(lines, lab.common)
                gone.functions.setdefault(path.relative_to(repo).as_posix(), []).extend(names)
        for glob in lab.remove:
            for path in _matches(repo, glob, place):
                files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
                for file in files:
                    if file.stat().st_size:  # an empty file gives nothing away
                        gone.files.add(git(repo, "hash-object", str(file)).strip())
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        if (lab.folder / "starter").is_dir():
            shutil.copytree(lab.folder / "starter", repo, dirs_exist_ok=True)
    return gone


def _matches(repo: Path, glob: str, place: Path) -> list[Path]:
    found = sorted(path for path in repo.glob(glob) if ".git" not in path.relative_to(repo).parts)
    if not found:
        raise Mistake(
            f"{place}: the repository has no {glob}; render the part that it belongs to, or leave "
            "the lab out (--labs)"
        )
    return found


def _rendered(folder: Path, answers: Mapping[str, str]) -> Path:
    # Imported here: only who renders needs it, and a grader may be without.
    from cookiecutter.exceptions import CookiecutterException  # type: ignore[import-untyped]
    from cookiecutter.main import cookiecutter  # type: ignore[import-untyped]

    folder.mkdir()
    try:
        path = cookiecutter(
            str(TEMPLATE),
            no_input=True,
            extra_context=dict(answers),
            output_dir=str(folder),
            default_config={"replay_dir": str(folder.with_name("replay"))},
        )
    except CookiecutterException as refused:
        raise Mistake(f"the template refused these answers: {refused}") from None
    return Path(path)


def _clone(source: Path, into: Path) -> None:
    if not source.is_dir() or tip(source, "HEAD") is None:
        raise Mistake(f"{source} is no Git repository with a commit")
    git(into.parent, "clone", "--quiet", "--no-local", "--", str(source.resolve()), str(into))
    git(into, "remote", "remove", "origin")


def _clear(repo: Path) -> None:
    for path in repo.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _copy(source: Path, into: Path) -> None:
    ignored = shutil.ignore_patterns(".git")
    shutil.copytree(source, into, symlinks=True, ignore=ignored, dirs_exist_ok=True)


def _add_labs(starter: Path, labs: list[Lab]) -> None:
    """Give the students the tasks, the public checks, and the command that runs them."""
    folder = starter / "labs"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(STUDENT, folder, ignore=ignored)
    (folder / ".gitignore").write_text(
        ".progress.json\n__pycache__/\n", encoding="utf-8", newline="\n"
    )
    for lab in labs:
        for name in PUBLIC:
            source, target = lab.folder / name, folder / lab.name / name
            target.parent.mkdir(exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=ignored)
            else:
                shutil.copy(source, target)
    if not (starter / "conftest.py").exists():
        shutil.copy(STARTER / "conftest.py", starter)
    _open_at_first(starter, labs)
    makefile = starter / "Makefile"
    if makefile.is_file():
        text = makefile.read_text(encoding="utf-8").rstrip("\n") + "\n" + MAKE
        makefile.write_text(text, encoding="utf-8", newline="\n")


def _open_at_first(starter: Path, labs: list[Lab]) -> None:
    """Have a development container open the first task, and say where the student is."""
    path = starter / ".devcontainer" / "devcontainer.json"
    if not path.is_file():
        return
    content = json.loads(path.read_text(encoding="utf-8"))
    content["postAttachCommand"] = "make lab"
    first = f"labs/{labs[0].name}/TASK.md"
    content.setdefault("customizations", {})["codespaces"] = {"openFiles": [first]}
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def _committed(starter: Path, solution: Path) -> str:
    git(starter, "add", "--all")
    is_first = tip(starter, "HEAD") is None
    if not is_first and not git(starter, "status", "--porcelain").strip():
        return tip(starter, "HEAD") or ""
    when = git(solution, "log", "-1", "--format=%cI").strip()
    # The same solution gives the same first commit, on any machine and day.
    dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when} if is_first else {}
    message = "Begin the course" if is_first else "Mend the course"
    git(starter, "commit", "--quiet", "--no-verify", "--message", message, **dates)
    return tip(starter, "HEAD") or ""


def _replace(into: Path, new: Path) -> None:
    """Put the new folder in the former one's place."""
    if into.exists():
        if not (into / "course.json").is_file() and any(into.iterdir()):
            raise Mistake(f"{into} is there and holds no course; name another folder")
        into.rename(new.with_name("former"))
    new.rename(into)


def functions_of(course: Path) -> dict[str, list[str]]:
    """Name the functions that a course's starter is without, by their file.

    Raises:
        Mistake: the folder holds no course.
    """
    try:
        found = json.loads((course / "course.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Mistake(f"{course} holds no course; make it with `build`") from None
    return dict(found["functions"])


def starter_of(course: Path) -> Path:
    """Give the starter of a course.

    Raises:
        Mistake: the folder holds no course.
    """
    functions_of(course)
    if run(course / "starter", "rev-parse", "--verify", "--quiet", "HEAD").returncode:
        raise Mistake(f"{course / 'starter'} has no commit; make it anew with `build`")
    return course / "starter"
