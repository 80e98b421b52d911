"""Holds labs to what they promise: starters fail, solutions pass, wrong solutions are found."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from course.build import empty
from course.functions import function_names, replaced
from course.judging import judge_each
from course.lab import Lab
from course.mistakes import Mistake

FOUND_BY = "found_by.yaml"


@dataclass(frozen=True)
class Claim:
    """One thing that a lab promises, and whether it holds.

    Attributes:
        about: what was judged: `starter`, `solution`, `alone`, or the name of a mutant.
        said: what came of it.
    """

    lab: str
    about: str
    holds: bool
    said: str


def verify(
    labs: list[Lab], solution: Path, python: str, among: list[Lab] | None = None
) -> Iterator[Claim]:
    """Judge the starter, the solution and each mutant of each lab.

    Args:
        labs: to verify.
        solution: a repository with all labs done.
        python: of the environment that teams share.
        among: all labs of the course; by default those that are verified.

    Yields:
        For each lab: the whole starter fails; the solution passes; so does a repository in which
        only labs before it are done; every mutant fails.

    Raises:
        Mistake: a lab or a mutant does not fit the solution.
    """
    with tempfile.TemporaryDirectory(prefix="course-verify-") as folder:
        every = among or labs
        solution = _copied(solution, Path(folder) / "solution")
        # No question writes bytecode, and each would compile the package anew.
        command = [python, "-I", "-m", "compileall", "-q", str(solution / "src")]
        subprocess.run(command, capture_output=True, check=False)
        starter = _copied(solution, Path(folder) / "starter")
        empty(starter, every)
        for lab in labs:
            early = _copied(solution, Path(folder) / f"{lab.name}-alone")
            empty(early, [other for other in every if other.number not in _before(lab, every)])
            repos = {"starter": starter, "solution": solution, "alone": early}
            mutants = mutants_of(lab)
            for name, mutant in mutants.items():
                own = f"{lab.name}-{name.replace('/', '-')}"
                repos[name] = _copied(solution, Path(folder) / own)
                put_in(repos[name], lab, mutant)
            found_by = found_by_of(lab)
            only = [found_by.get(about, "") for about in repos]
            verdicts = judge_each(lab, list(repos.values()), python, only=only)
            for about, verdict in zip(repos, verdicts, strict=True):
                expected = "passed" if about in ("solution", "alone") else "failed"
                said = f"{verdict.state}: {verdict.reason}"
                yield Claim(lab.name, about, verdict.state == expected, said)
            if not mutants:
                yield Claim(lab.name, "mutants", False, "there is none to be found")


def mutants_of(lab: Lab) -> dict[str, Path]:
    """Give a lab's wrong solutions by their names: `the_mean`, `gate/the_mean` in a folder.

    One is a Python file; or a folder, if it holds others (`as_root`, with a Dockerfile).
    """
    folder = lab.folder / "mutants"
    every = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    files = [path for path in every if path != folder / FOUND_BY]
    tops = {folder / path.relative_to(folder).parts[0] for path in files if path.suffix != ".py"}
    alone = [path for path in files if not tops & {path, *path.parents}]
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for path in sorted([*tops, *alone])
    }


def found_by_of(lab: Lab) -> dict[str, str]:
    """Name the check that finds a wrong solution, where `mutants/found_by.yaml` says so.

    Only that check runs then, which spares the others that come before it.

    Raises:
        Mistake: it names no wrong solution of the lab.
    """
    path = lab.folder / "mutants" / FOUND_BY
    found = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for name in found:
        if name not in mutants_of(lab):
            raise Mistake(f"{path}: there is no mutant {name}")
    return dict(found)


def put_in(repo: Path, lab: Lab, mutant: Path) -> None:
    """Give a lab's functions the bodies that a mutant has for them, or the repository its files.

    One in a folder, such as `mutants/gate/`, is about the module of that name alone: another
    module of the lab may have a function of the same name.

    Raises:
        Mistake: it holds none of them.
    """
    if mutant.is_dir():
        _put_files_in(repo, lab, mutant)
    else:
        _put_functions_in(repo, lab, mutant)


def _put_files_in(repo: Path, lab: Lab, mutant: Path) -> None:
    """Put files in the place of all that the lab removes; `<package>` in them is the package."""
    gone = [path for glob in lab.remove for path in repo.glob(glob)]
    package = next((path.parent.name for path in repo.glob("src/*/__init__.py")), "")
    for path in gone:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for file in [path for path in mutant.rglob("*") if path.is_file()]:
        place = repo / file.relative_to(mutant)
        if not {place, *place.parents} & set(gone):
            raise Mistake(f"{file} replaces {place.name}, which the lab does not remove")
        place.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text(encoding="utf-8").replace("<package>", package)
        place.write_text(text, encoding="utf-8", newline="\n")


def _put_functions_in(repo: Path, lab: Lab, mutant: Path) -> None:
    text = mutant.read_text(encoding="utf-8")
    try:
        every = function_names(text)
        inner = {name for name in every if name.rpartition(".")[0] in every}
        named = set(every) - inner
        done: set[str] = set()
        module = mutant.parent.name if mutant.parent.parent.name == "mutants" else ""
        for glob, names in lab.empty.items():
            own = named & set(names) if module in ("", Path(glob).stem) else set()
            for path in repo.glob(glob) if own else ():
                source = path.read_text(encoding="utf-8")
                path.write_text(replaced(source, text, own), encoding="utf-8", newline="\n")
                done |= own
    except Mistake as bad:
        raise Mistake(f"{mutant}: {bad}") from None
    if not done or named - done:
        odd = ", ".join(sorted(named - done)) or "nothing"
        raise Mistake(f"{mutant} replaces {odd}, which the lab does not empty")


def _before(lab: Lab, labs: list[Lab]) -> set[int]:
    """The lab's number, and those of all labs that have to be done before it."""
    known = {each.number: each for each in labs}
    found = {lab.number}
    for number in lab.after:
        if number in known:
            found |= _before(known[number], labs)
    return found


def _copied(repo: Path, into: Path) -> Path:
    ignored = shutil.ignore_patterns(".git", ".venv")
    return Path(shutil.copytree(repo, into, symlinks=True, ignore=ignored))
