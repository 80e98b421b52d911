"""Rendered repos follow the template: real cruft, between two states of a clone of it."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from idea.project.cruft_record import recorded
from idea.project.parts import choose
from tests.environment import lend
from tests.followed import PLAIN, Followed, commit, cruft, followed_by, make
from tests.rendered import EXAMPLES, RenderedRepo, clean_environment, render

INSIDE = "{{cookiecutter.project_slug}}"
KINDS = ["starter", "table", "notebook"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, cruft_is_warm: None) -> Followed:
    """Make a repo of each kind by cruft, then remove the files that they were made from."""
    folder = tmp_path_factory.mktemp("world")
    theirs = folder / "theirs"
    theirs.mkdir()
    for name in ("penguins/penguins.csv", "penguins/penguins.ipynb", "cars/cars.csv"):
        shutil.copy(EXAMPLES / name, theirs)
    # Whose target is told to be a quantity; they overrule that.
    (theirs / "marks.csv").write_text("hours,mark\n" + "1,1\n2,2\n3,3\n4,4\n" * 10)
    answers = {
        "starter": {},
        "table": {"dataset": "theirs/cars.csv", "target": "miles_per_gallon"},
        "notebook": {"notebook": "theirs/penguins.ipynb", "author_name": "Ž {{ 7*7 }}"},
        "overruled": {"dataset": "theirs/marks.csv", "target": "mark", "__task": "classification"},
        "older": {"__python_version": "3.12"},
    }
    found = followed_by(folder, answers)
    shutil.rmtree(theirs)
    return found


@pytest.fixture
def followed(world: Followed) -> Followed:
    """Give them with the template in its first state."""
    world.template.run("git", "reset", "--hard", "--quiet", world.first)
    return world


def replace(path: Path, old: str, new: str) -> None:
    """Replace the one occurrence of a text."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new), encoding="utf-8")


def change_much(template: Path) -> None:
    """Change a file, a target, what a notebook is written into; add one, remove one."""
    replace(template / INSIDE / "README.md", "\n## Quickstart\n", "\n## Quick start\n")
    replace(template / INSIDE / "Makefile", "help: ## list these", "help: ## list all")
    for name in ("features", "prepare"):
        module = template / INSIDE / "src" / "{{cookiecutter.package_name}}" / f"{name}.py"
        module.write_text(module.read_text(encoding="utf-8") + "\n\nNEW = 1\n", encoding="utf-8")
    (template / INSIDE / "MLproject").unlink()
    # The later templates want the later generator.
    text = "{{ cookiecutter.__later }} {{ 'Loud' | shout }}\n"
    (template / INSIDE / "LATER.md").write_text(text, encoding="utf-8")
    replace(
        template / "cookiecutter.json",
        '  "__checked"',
        '  "__later": "{{ (cookiecutter | derived).later }}",\n  "__checked"',
    )
    replace(
        template / "idea/project/derived.py",
        '    sample: str = ""\n',
        '    sample: str = ""\n    later = "x"\n',
    )
    replace(
        template / "idea/extension.py",
        "            recorded=recorded,\n",
        "            recorded=recorded,\n            shout=str.upper,\n",
    )


def changed(repo: RenderedRepo) -> set[str]:
    """Name the files of the last commit."""
    return set(repo.run("git", "diff", "--name-only", "HEAD~", "HEAD").stdout.split())


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_an_update_brings_what_changed(followed: Followed, kind: str, tmp_path: Path) -> None:
    repo = followed.clone(kind, tmp_path)
    assert make(repo, "template")[2] == {"outcome": "current"}
    followed.move_on(change_much)
    assert make(repo, "template")[2] == {"outcome": "behind"}
    code, said, told = make(repo, "template-update")
    assert code == 0, said
    assert "can't be read" not in said
    assert "Traceback" not in said

    brought = {".cruft.json", "README.md", "Makefile", "LATER.md", "MLproject"}
    # What a notebook was written into is the person's.
    own = {"src/mine/features.py", "src/mine/prepare.py"} if kind != "notebook" else set()
    assert changed(repo) == brought | own
    assert repo.read("LATER.md") == "x LOUD\n"
    assert "## Quick start" in repo.read("README.md")
    assert not repo.has("MLproject")
    assert repo.run("git", "status", "--porcelain").stdout == ""

    latest = followed.template.run("git", "rev-parse", "HEAD").stdout[:7]
    assert told["branch"] == f"template/{latest}"
    assert repo.run("git", "branch", "--show-current").stdout.strip() == told["branch"]
    assert told["title"] == f"Take up the template's {latest}"
    body = repo.read(told["body"])
    assert all(f"- `{name}`\n" in body for name in brought | own)
    assert "onflict" not in body
    assert make(repo, "template")[2] == {"outcome": "current"}
    repo.run("git", "switch", "main")
    assert make(repo, "template")[2] == {"outcome": "proposed"}
    assert make(repo, "template-update")[0] == 0
    assert repo.run("git", "branch", "--show-current").stdout == "main\n"


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*KINDS, "overruled"])
def test_a_repo_differs_in_nothing_from_its_template(
    followed: Followed, kind: str, tmp_path: Path
) -> None:
    repo = followed.clone(kind, tmp_path)
    # It was made some years ago.
    year = json.loads(repo.read(".cruft.json"))["context"]["cookiecutter"]["__year"]
    for name in (".cruft.json", "LICENSE"):
        (repo.path / name).write_text(repo.read(name).replace(year, "1999"), encoding="utf-8")
    assert cruft(repo.path, "diff").stdout == ""


@pytest.mark.slow
def test_a_repo_from_before_parts_keeps_everything(followed: Followed, tmp_path: Path) -> None:
    repo = followed.clone("older", tmp_path)
    record = json.loads(repo.read(".cruft.json"))
    answers = record["context"]["cookiecutter"]
    for name in ("parts", "__parts", "__known_parts"):
        del answers[name]
    answers["python_version"] = answers.pop("__python_version")
    (repo.path / ".cruft.json").write_text(json.dumps(record, indent=2), encoding="utf-8")
    commit(repo)
    assert cruft(repo.path, "diff").stdout == ""
    code, said, _ = make(repo, "part", REMOVE="deploy")
    assert (code, "`make template-update` first" in said) == (2, True)

    before = set(repo.files())
    followed.move_on(change_much)
    code, said, _ = make(repo, "template-update")
    assert code == 0, said
    assert before - set(repo.files()) == {"MLproject"}
    assert 'requires-python = ">=3.12"' in repo.read("pyproject.toml")
    answers = json.loads(repo.read(".cruft.json"))["context"]["cookiecutter"]
    assert answers["__parts"] == " ".join(choose("default").names)


# Names that features.py, notebooks and registered models have from before, and what they mean now.
FORMER = """
import mine.data, mine.learned, mine.model, mine.paths, mine.preprocess, mine.schema
from mine.data.schema import Schema
from mine.data.tables import read_table
from mine.model.pipeline import EncodedTarget
from mine.model.preprocess import Preprocess
from mine.steps import Steps

assert mine.learned.Steps is Steps
assert mine.preprocess.Preprocess is Preprocess
assert mine.model.EncodedTarget is EncodedTarget
assert mine.schema.Schema is Schema
assert mine.data.read_table is read_table
assert mine.paths.SCHEMA.name == "schema.yaml"
assert not hasattr(mine.model, "absent")
"""


# What only repos from then have in a file.
FLAT = re.compile(r"\{%- if cookiecutter\.__flat %\}\n.*?\{%- endif %\}\n", re.DOTALL)


def before_folders(template: Path) -> None:
    """Take back that there are repos whose modules were flat."""
    questions = template / "cookiecutter.json"
    lines = questions.read_text(encoding="utf-8").splitlines(keepends=True)
    questions.write_text("".join(line for line in lines if '"__flat"' not in line), "utf-8")
    for path in sorted((template / INSIDE).rglob("*")):
        if path.suffix in (".py", ".toml"):
            text = path.read_text(encoding="utf-8")
            path.write_text(FLAT.sub("", text), encoding="utf-8")
    for path in sorted(template.rglob("*__flat*")):
        if "if not" in path.name:
            path.rename(path.with_name("__init__.py"))
        else:
            path.unlink()


@pytest.mark.slow
def test_a_repo_from_before_folders_keeps_the_names_of_its_modules(
    followed: Followed, environment: Path, tmp_path: Path
) -> None:
    new = followed.clone("starter", tmp_path)
    assert json.loads(new.read(".cruft.json"))["context"]["cookiecutter"]["__flat"] == ""
    assert not new.has("src/mine/learned.py")

    followed.move_on(before_folders)
    names = json.dumps({"project_slug": "old", "package_name": "mine"})
    address = followed.template.path.as_uri()
    cruft(tmp_path, "create", address, "--no-input", "--extra-context", names)
    repo = RenderedRepo(tmp_path / "old")
    lend(environment, repo)
    followed.template.run("git", "revert", "--no-edit", "HEAD")
    for number in range(2):
        code, said, _ = make(repo, "template-update")
        assert code == 0, said
        assert ".rej" not in said
        assert json.loads(repo.read(".cruft.json"))["context"]["cookiecutter"]["__flat"] == "yes"
        python = [sys.executable, "-B", "-c", FORMER]
        repo.run(*python, env={"PYTHONPATH": str(repo.path / "src")})
        assert "exhaustive_ignores" in repo.read("pyproject.toml")
        differing = re.findall(r"^diff --git [^/]+/(\S+)", cruft(repo.path, "diff").stdout, re.M)
        assert set(differing) <= {"conf/config.yaml", "conf/data/penguins.yaml"}  # set-up decided
        readme = followed.template.path / INSIDE / "README.md"
        readme.write_text(f"{readme.read_text(encoding='utf-8')}\nAgain {number}.\n", "utf-8")
        commit(followed.template)


@pytest.mark.slow
def test_own_work_stays(followed: Followed, tmp_path: Path) -> None:
    repo = followed.clone("notebook", tmp_path)
    own = {
        "src/mine/features.py": "# mine\n",
        "conf/config.yaml": "# mine\n",
        "params.yaml": "# mine\n",
        "data/schema.yaml": "columns: {}\n",
        "dvc.lock": "schema: '2.0'\n",
        "notebooks/penguins.ipynb": "{}\n",
        "README.md": repo.read("README.md") + "\n## Mine\n",
    }
    for name, text in own.items():
        (repo.path / name).write_text(text, encoding="utf-8")
    (repo.path / "compose.yaml").unlink()
    commit(repo)
    followed.move_on(change_much)
    code, said, _ = make(repo, "template-update")
    assert code == 0, said
    after = own | {"README.md": own["README.md"].replace("Quickstart", "Quick start")}
    assert {name: repo.read(name) for name in own} == after
    assert not repo.has("compose.yaml")


def edited(followed: Followed, into: Path) -> RenderedRepo:
    """Give a repo whose README conflicts with the template's later state."""
    repo = followed.clone("table", into)
    replace(repo.path / "README.md", "\n## Quickstart\n", "\n## How to start\n")
    commit(repo)
    followed.move_on(change_much)
    return repo


@pytest.mark.slow
def test_a_conflict_is_marked_and_named(followed: Followed, tmp_path: Path) -> None:
    repo = edited(followed, tmp_path)
    nobody = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    code, said, told = make(repo, "template-update", GITHUB_ACTIONS="true", **nobody)
    assert code == 0, said
    marked = "<<<<<<< ours\n## How to start\n=======\n## Quick start\n>>>>>>> theirs\n"
    assert marked in repo.read("README.md")
    assert repo.has("LATER.md")
    assert told["title"].endswith(", with conflicts")
    conflicts, _, rest = repo.read(told["body"]).partition("Changed:")
    assert "- `README.md`" in conflicts
    assert "- `Makefile`" in rest
    assert "make setup params check" in conflicts
    assert repo.run("git", "log", "-1", "--format=%an").stdout == "github-actions[bot]\n"
    assert repo.read(".git/summary").endswith(repo.read(told["body"]))


@pytest.mark.slow
def test_a_conflict_without_a_former_state_is_told_in_full(
    followed: Followed, tmp_path: Path
) -> None:
    repo = edited(followed, tmp_path)
    long = "x" * 80 + "\n"
    replace(
        followed.template.path / INSIDE / "README.md",
        "## Quick start\n",
        f"## Quick start\n{long * 1000}",
    )
    commit(followed.template)
    # No copy of the former README is left, which Git could merge with.
    shutil.rmtree(repo.path / ".git")
    repo.run("git", "init", "--quiet")
    commit(repo)
    code, said, told = make(repo, "template-update")
    assert code == 0, said
    assert "## How to start" in repo.read("README.md")
    assert "README.md" not in changed(repo)
    assert not [name for name in changed(repo) if name.endswith(".rej")]
    assert repo.has("README.md.rej")
    body = repo.read(told["body"])
    assert "conflicts in `README.md`" in body
    assert "\n+## Quick start\n" in body
    assert len(body) < 65536  # all that GitHub takes
    assert told["title"].endswith(", with conflicts")


@pytest.mark.slow
def test_a_template_that_went_on_elsewhere_is_no_change(followed: Followed, tmp_path: Path) -> None:
    repo = followed.clone("starter", tmp_path)
    followed.move_on(lambda template: (template / "CHANGELOG.md").unlink())
    code, said, told = make(repo, "template-update")
    assert (code, told) == (0, {})
    assert "in nothing that is in this repository" in said
    assert repo.run("git", "status", "--porcelain", "--branch").stdout == "## main...origin/main\n"
    assert "template/" not in repo.run("git", "branch", "--all").stdout


@pytest.mark.slow
def test_what_is_composed_follows(followed: Followed, environment: Path, tmp_path: Path) -> None:
    repo = followed.clone("starter", tmp_path)
    lend(environment, repo)

    def change(template: Path) -> None:
        replace(template / INSIDE / "conf/monitoring/default.yaml", "alpha: 0.01", "alpha: 0.02")

    followed.move_on(change)
    code, said, _ = make(repo, "template-update")
    assert code == 0, said
    assert changed(repo) >= {".cruft.json", "conf/monitoring/default.yaml", "params.yaml"}
    assert repo.run("make", "params-check", check=False).returncode == 0


@pytest.mark.slow
def test_an_update_that_fails_leaves_everything(followed: Followed, tmp_path: Path) -> None:
    repo = followed.clone("starter", tmp_path)
    followed.move_on(change_much)
    replace(followed.template.path / "hooks/pre_gen_project.py", "import sys", "import systems")
    commit(followed.template)
    code, said, told = make(repo, "template-update")
    assert (code, told) == (2, {})
    assert "The update failed, for the reason above; nothing has changed" in said
    assert repo.run("git", "status", "--porcelain", "--branch").stdout == "## main...origin/main\n"


@pytest.mark.slow
def test_changes_that_are_not_committed_are_not_touched(followed: Followed, tmp_path: Path) -> None:
    repo = followed.clone("starter", tmp_path)
    followed.move_on(change_much)
    (repo.path / "README.md").write_text("Mine\n")
    code, said, _ = make(repo, "template-update")
    assert code == 2
    assert "commit or stash them" in said
    assert repo.read("README.md") == "Mine\n"


@pytest.mark.slow
def test_a_template_out_of_reach_fails_in_one_line(followed: Followed, tmp_path: Path) -> None:
    repo = followed.clone("starter", tmp_path)
    record = repo.read(".cruft.json").replace(str(followed.template.path), "/gone")
    (repo.path / ".cruft.json").write_text(record, encoding="utf-8")
    code, said, told = make(repo, "template", GITHUB_ACTIONS="true")
    assert (code, told) == (2, {})
    (line,) = [line for line in said.splitlines() if line.startswith("::error::")]
    assert "The template /gone can't be reached" in line


def test_without_a_record_it_says_how_to_link(starter: RenderedRepo, tmp_path: Path) -> None:
    repo = RenderedRepo(tmp_path / "mine")
    shutil.copytree(starter.path, repo.path)
    assert not repo.has(".cruft.json")  # a template in a folder has no address
    for target in ("template", "template-update"):
        code, said, told = make(repo, target, GITHUB_ACTIONS="true")
        assert (code, told) == (0, {"outcome": "unlinked"})
        (line,) = said.splitlines()
        assert line.startswith("::notice::This repository follows no template")
        assert "uvx cruft link" in line
        assert line.removeprefix("::notice::") in repo.read(".git/summary")


@pytest.mark.slow
def test_a_repo_that_is_linked_later(followed: Followed, tmp_path: Path) -> None:
    table = str(EXAMPLES / "cars" / "cars.csv")
    repo = render(tmp_path, project_slug="mine", dataset=table, target="miles_per_gallon")
    answers = {"project_slug": "mine", "target": "miles_per_gallon", "dataset": "data/raw/cars.csv"}
    address = followed.template.path.as_uri()
    cruft(repo.path, "link", address, "--no-input", "--extra-context", json.dumps(answers))
    commit(repo)
    assert cruft(repo.path, "diff").stdout == ""
    followed.move_on(change_much)
    assert make(repo, "template-update")[0] == 0
    assert repo.has("LATER.md")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_first_commit_holds_what_cruft_writes(followed: Followed, kind: str) -> None:
    repo = RenderedRepo(followed.made / kind)
    assert repo.run("git", "status", "--porcelain").stdout == ""
    assert repo.run("git", "ls-files", ".cruft.json").stdout
    assert repo.run("git", "rev-list", "--count", "HEAD").stdout == "1\n"


@pytest.mark.slow
def test_cookiecutter_s_repos_follow_an_address_too(followed: Followed, tmp_path: Path) -> None:
    # Its clone is asked for a commit; `.git` at the end says that it is a repository.
    bare = tmp_path / "template.git"
    git = ["git", "clone", "--quiet", "--bare", followed.template.path.as_uri(), str(bare)]
    subprocess.run(git, check=True, env=clean_environment())
    for name, command in {
        "a": ["cookiecutter", "--no-input", bare.as_uri(), "project_slug=mine"],
        "b": ["cruft", "create", bare.as_uri(), "--no-input", "--extra-context",
              '{"project_slug": "mine"}'],
    }.items():  # fmt: skip
        (tmp_path / name).mkdir()
        RenderedRepo(tmp_path / name).run(*command, env={"HOME": str(tmp_path), **PLAIN})
    # Where they were made differs; and cruft writes the address of a folder as a path.
    records = [
        [
            line.replace(bare.as_uri(), str(bare))
            for line in RenderedRepo(tmp_path / name / "mine").read(".cruft.json").splitlines()
            if '"__cwd"' not in line and '"__data_path"' not in line
        ]
        for name in "ab"
    ]
    assert records[0] == records[1]
    assert RenderedRepo(tmp_path / "a" / "mine").run("git", "status", "--porcelain").stdout == ""


@pytest.mark.slow
def test_a_repo_is_not_made_anew_inside_itself(followed: Followed, tmp_path: Path) -> None:
    repo = followed.clone("starter", tmp_path)
    given = ["project_slug=starter", "package_name=mine"]
    done = repo.run("cookiecutter", "--no-input", str(followed.template.path), *given, check=False)
    assert done.returncode == 1
    assert "project_slug: 'starter' is the repository of" in done.stderr
    assert not repo.has("starter")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"context": {"cookiecutter": [1]}}', "{"])
def test_a_record_that_can_t_be_read_is_none(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".cruft.json").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert recorded({"project_slug": "x", "dataset": "", "target": "", "notebook": ""}) == {}
