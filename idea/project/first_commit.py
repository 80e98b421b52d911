"""The steps between rendered files and a repo that works: data, parameters, Git, a farewell."""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from idea.project.answers import absolute, idea_of, why_not
from idea.project.cruft_record import RECORD
from idea.project.governed import add_header, policy_of
from idea.project.hydra_compose import compose, dump

_CHUNK = 1 << 20
# What cookiecutter notes for itself, and cruft does not.
_ITS_OWN = ("_output_dir", "_repo_dir", "_checkout")


class BirthError(RuntimeError):
    """A step failed; the message is one line that says which and why."""


def place_dataset(source: Path, repo: Path, name: str) -> None:
    """Copy the table to `data/raw/<name>` and write what `dvc add` would write.

    That is the pointer beside it and the copy in DVC's cache, so that DVC finds everything up to
    date. The person's own file stays as it is.

    Raises:
        OSError: the table can't be copied.
    """
    raw = repo / "data" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    # Under a temporary name first: a copy that is cut short must not look like the table.
    halves = [raw / f".{name}.part", repo / ".dvc" / "cache" / f"{name}.part"]
    halves[1].parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.md5(usedforsecurity=False)
    with source.open("rb") as table, halves[0].open("wb") as copy, halves[1].open("wb") as cached:
        while chunk := table.read(_CHUNK):
            digest.update(chunk)
            copy.write(chunk)
            cached.write(chunk)
    md5 = digest.hexdigest()
    size = halves[0].stat().st_size

    cache = repo / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]
    cache.parent.mkdir(parents=True, exist_ok=True)
    halves[0].replace(raw / name)
    halves[1].replace(cache)
    cache.chmod(0o444)
    write(
        raw / f"{name}.dvc",
        f"outs:\n- md5: {md5}\n  size: {size}\n  hash: md5\n  path: {name}\n",
    )


def place_notebook(source: Path, repo: Path, name: str) -> None:
    """Copy the person's notebook to `notebooks/`, under a name that every tool can take.

    Raises:
        OSError: the notebook can't be copied.
    """
    folder = repo / "notebooks"
    folder.mkdir(exist_ok=True)
    shutil.copyfile(source, folder / name)


def leave_out(repo: Path, *names: str) -> None:
    """Remove what is of no use here, of rendered files and folders.

    Raises:
        OSError: one of them can't be removed.
    """
    for name in names:
        path = repo / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def leave_out_what_notebooks_have(repo: Path, package: str) -> None:
    """Remove what only a notebook's repo has: the comparison, the cells' replay, the light table.

    Args:
        repo: the rendered repo.
        package: the folder of its package, below the repo.
    """
    cells = (f"{package}/steps/{name}.py" for name in ("replay", "run_cells"))
    light = (f"{package}/runtime/light", "tests/runtime/test_light.py")
    leave_out(repo, f"{package}/parity", *cells, *light, "tests/parity")


def leave_out_what_was_born(repo: Path, answers: Mapping[str, str]) -> None:
    """Remove what a notebook and a table were written into, and what a repo without has not.

    An update compares what is left, so that it never touches what people own from the first commit.

    Raises:
        OSError: one of them can't be removed.
    """
    package = f"src/{answers['package_name']}"
    if answers["__notebook"]:
        compares = "experiments" in answers["__parts"].split()
        models = f"conf/model/{answers['__model']}.yaml" if compares else "conf/model"
        leave_out(repo, f"{package}/features.py", f"{package}/prepare.py", models)
    else:
        leave_out_what_notebooks_have(repo, package)


def follow_policy(repo: Path, answers: Mapping[str, str]) -> None:
    """Put the policy's line above each source file, if it asks for one.

    Raises:
        OSError: a file can't be written.
    """
    if "policy" not in answers["__parts"].split():
        return
    policy = policy_of(answers)
    if policy and (header := policy.get("licences.header")):
        add_header(repo, header)


def write_params(repo: Path) -> None:
    """Compose `conf/` into `params.yaml`, which the pipeline's stages depend on.

    Raises:
        BadConfig: `conf/` uses what only Hydra can compose.
    """
    write(repo / "params.yaml", dump(compose(repo / "conf")))


def write_record(repo: Path, answers: Mapping[str, Any]) -> None:
    """Write which template the repo follows, as cruft does, but before the first commit.

    A template that was fetched from an address can be followed from anywhere. One in a folder of
    this machine can't, and is recorded only where it is cruft that asks.
    """
    values = {name: value for name, value in answers.items() if name not in _ITS_OWN}
    if "_commit" not in values:
        values |= _fetched(answers)
    if "_commit" not in values:
        return
    record = {
        "template": values["_template"],
        "commit": values["_commit"],
        "checkout": answers.get("_checkout"),
        "context": {"cookiecutter": values},
        "directory": None,
    }
    text = json.dumps(record, ensure_ascii=False, indent=2, separators=(",", ": "))
    write(repo / RECORD, text + "\n")


def _fetched(answers: Mapping[str, Any]) -> dict[str, str]:
    """Tell address and commit of a template that cookiecutter cloned; nothing if it did not."""
    clone = Path(answers.get("_repo_dir") or answers["_template"])
    if clone == Path(answers["_template"]) or not (clone / ".git").is_dir():
        return {}
    if shutil.which("git") is None or _run(clone, "diff", "--quiet", "HEAD").returncode:
        return {}
    address, commit = _run(clone, "remote", "get-url", "origin"), _run(clone, "rev-parse", "HEAD")
    if address.returncode or commit.returncode:
        return {}
    return {"_template": address.stdout.strip(), "_commit": commit.stdout.strip()}


def start_git(repo: Path, name: str, email: str, message: str) -> Iterator[str]:
    """Make a Git repository with one commit on `main`; give a line for each thing to know.

    Raises:
        BirthError: Git refused.
    """
    if shutil.which("git") is None:
        _tell_dvc_there_is_no_git(repo)
        yield (
            "Git is not installed, so there is no repository yet: once it is, type `git init -b "
            "main` and remove `no_scm` from .dvc/config."
        )
        return
    if (repo / ".git").exists():
        yield "There was a Git repository already: look at the changes, then commit them."
        return

    _git(repo, "init", "--quiet")
    # `init -b` needs Git 2.28.
    _git(repo, "symbolic-ref", "HEAD", "refs/heads/main")
    answers = {"user.name": name, "user.email": email}
    missing = [key for key in answers if not _configured(repo, key)]
    for key in missing:
        _git(repo, "config", key, answers[key])
    if missing:
        yield f"Git did not know your {' and '.join(missing)}: set in this repository, as answered."
    # The person's own ignore file and hooks are for their work, not for the first commit.
    own = ["-c", f"core.excludesFile={os.devnull}", "-c", f"core.hooksPath={os.devnull}"]
    author = [part for key in answers for part in ("-c", f"{key}={answers[key]}")]
    _git(repo, *own, "-c", "core.safecrlf=false", "add", "--all")
    _git(repo, *own, *author, "-c", "commit.gpgSign=false", "commit", "--quiet", "--no-verify",
         "--message", message)  # fmt: skip


def farewell(answers: Mapping[str, str], repo: Path, notes: Iterable[str]) -> Iterator[str]:
    """Say what was made, what was guessed, and what to type next."""
    where = _shortest(repo, Path(answers["__cwd"]))
    yield ""
    yield (
        f"{answers['project_name']} is in {where}: it predicts {answers['__target']!r} "
        f"({answers['__task']}) from {Path(answers['__data_path']).name}, {_size(answers)}."
    )
    if answers["notebook"]:
        if reason := why_not(answers):
            yield f"The notebook's own model is not in it: {reason}."
        if idea_of(answers) is not None:
            yield from _what_became(repo)
    elif answers["dataset"] and not answers["target"]:
        yield (
            f"You named no target, so {answers['__target']!r} was taken; "
            "for another, start again with target=<column>."
        )
    notes_on_table = [note for note in answers.get("__data_notes", "").split("\n") if note]
    if notes_on_table:
        name = answers["__data_name"]
        yield f"How the table is read stands in conf/data/{name}.yaml: {'; '.join(notes_on_table)}."
    if because := answers.get("__because"):
        yield f"The target has {because}: a {answers['__task']}."
    if answers["__other_task"]:
        other = "regression" if answers["__task"] == "classification" else "classification"
        yield f"The task was told from the target's values; for a {other}, add __task={other}."
    yield from notes
    yield ""
    yield "Next:"
    yield f"  cd {shlex.quote(where)}"
    yield "  make setup"
    yield "  make pipeline"
    if idea_of(answers) is not None:
        yield "  make parity"


def _size(answers: Mapping[str, str]) -> str:
    if not answers["__data_rows"]:
        return "which `make setup` reads first"
    return f"{answers['__data_rows']} rows of {answers['__data_columns']} columns"


def _what_became(repo: Path) -> Iterator[str]:
    """What the notebook's document asks a person to look at."""
    document = repo / "docs" / "from-the-notebook.md"
    open_points = [
        line.removeprefix("- [ ] ")
        for line in document.read_text(encoding="utf-8").splitlines()
        if line.startswith("- [ ] cell ")
    ]
    yield f"What became of each cell stands in {document.relative_to(repo).as_posix()}."
    if open_points:
        yield "Not carried over, or to be looked at:"
        yield from (f"  {point}" for point in open_points)


def notebook_path(answers: Mapping[str, str]) -> Path | None:
    """Give the absolute path of the person's notebook; None without one."""
    return absolute(answers["notebook"], answers) if answers["notebook"] else None


def write(path: Path, text: str) -> None:
    """Write text with the line ends that Git keeps, on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")


def _tell_dvc_there_is_no_git(repo: Path) -> None:
    config = repo / ".dvc" / "config"
    write(
        config,
        config.read_text(encoding="utf-8").replace("[core]\n", "[core]\n    no_scm = true\n"),
    )


def _shortest(repo: Path, cwd: Path) -> str:
    # Slashes go into every shell, of Windows too; a backslash would have to be quoted in most.
    return (repo.relative_to(cwd) if repo.is_relative_to(cwd) else repo).as_posix()


def _configured(repo: Path, key: str) -> bool:
    return _run(repo, "config", "--get", key).returncode == 0


def _git(repo: Path, *arguments: str) -> None:
    done = _run(repo, *arguments)
    if done.returncode:
        command = next(
            part
            for part in arguments
            if part in ("init", "symbolic-ref", "config", "add", "commit")
        )
        reason = " ".join(done.stderr.split())
        raise BirthError(f"git {command} failed: {reason}")


def _run(repo: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # GIT_DIR and its kin would send the commit to another repository.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return subprocess.run(
        ["git", *arguments], cwd=repo, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
