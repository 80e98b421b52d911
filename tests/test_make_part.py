"""`make part` in repos with commits of their own: real cruft, between two answers."""

import json
from pathlib import Path

import pytest

from idea.project.hydra_compose import compose, dump
from idea.project.parts import parts
from tests.followed import Followed, commit, followed_by, make
from tests.rendered import EXAMPLES, RenderedRepo, render

pytestmark = pytest.mark.slow

# No environment is made: it takes long, and test_update.py makes one.
NO_SETUP = {"SETUP": "no"}
# What depends on where and when a repo was made.
ITS_OWN = (".cruft.json", "params.yaml")
MINE = {
    "src/mine/features.py": "# Mine\n",
    "docs/mine.md": "# Mine\n",
    "conf/model/mine.yaml": "a: 1\n",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, cruft_is_warm: None) -> Followed:
    """Make repos with all parts and with none by cruft. Tests only clone them."""
    folder = tmp_path_factory.mktemp("world")
    searched = str(EXAMPLES / "tumours" / "tumours.py")
    answers = {"all": "all", "none": "none", "searched": "none"}
    return followed_by(
        folder,
        {
            kind: {"parts": parts, "notebook": searched if kind == "searched" else ""}
            for kind, parts in answers.items()
        },
    )


def own(followed: Followed, kind: str, into: Path) -> RenderedRepo:
    """Clone a repo and work in it as its people do."""
    repo = followed.clone(kind, into)
    for name, text in MINE.items():
        (repo.path / name).write_text(text, encoding="utf-8")
    readme = repo.path / "README.md"
    readme.write_text(repo.read("README.md") + "\n## Mine\n", encoding="utf-8")
    commit(repo)
    return repo


def change(repo: RenderedRepo, **which: str) -> str:
    """Add or remove a part, and merge what came of it; give what was said."""
    code, said, told = make(repo, "part", **which, **NO_SETUP)
    assert code == 0, said
    assert "onflict" not in said
    repo.run("git", "switch", "--quiet", "main")
    repo.run("git", "merge", "--quiet", "--ff-only", told["branch"])
    assert repo.run("git", "status", "--porcelain").stdout == ""
    return said


def answers(repo: RenderedRepo) -> dict[str, str]:
    """Give the recorded answers, and what followed from them."""
    found: dict[str, str] = json.loads(repo.read(".cruft.json"))["context"]["cookiecutter"]
    return found


def assert_as_rendered(repo: RenderedRepo, kind: str, into: Path) -> None:
    """Compare a repo with a fresh one of the same answer, and people's own work aside."""
    answer = answers(repo)["parts"]
    fresh = render(into, project_slug=kind, package_name="mine", parts=answer)
    assert answers(repo)["__parts"].split() == [*answers_of(fresh)]
    found, expected = repo.contents_of_git(), fresh.contents_of_git()
    expected |= {name: text.encode() for name, text in MINE.items()}
    expected["README.md"] += b"\n## Mine\n"
    for name in ITS_OWN:
        found.pop(name, None)
        expected.pop(name, None)
    assert found.keys() == expected.keys()
    assert {name for name in found if found[name] != expected[name]} == set()
    (repo.path / "conf/model/mine.yaml").unlink()
    assert dump(compose(repo.path / "conf")) == fresh.read("params.yaml")
    repo.run("git", "checkout", "--quiet", ".")


def needs(name: str) -> set[str]:
    """Name what a part needs, also indirectly."""
    direct = set(parts()[name].needs)
    return direct.union(*map(needs, direct))


def answers_of(repo: RenderedRepo) -> list[str]:
    """Name the parts of a repo by their own files."""
    return [name for name, part in parts().items() if any(repo.path.glob(part.paths[0]))]


def test_every_part_can_be_removed_and_added_again(world: Followed, tmp_path: Path) -> None:
    repo = own(world, "all", tmp_path)
    last_first = sorted(parts(), key=lambda name: len(needs(name)), reverse=True)
    for name in last_first:
        change(repo, REMOVE=name)
        assert_as_rendered(repo, "all", tmp_path / f"without-{name}")
    assert answers(repo)["parts"] == "none"
    for name in reversed(last_first):
        change(repo, ADD=name)
        assert_as_rendered(repo, "all", tmp_path / f"with-{name}")
    assert answers(repo)["__parts"].split() == list(parts())
    assert json.loads(repo.read(".cruft.json"))["checkout"] is None
    log = repo.run("git", "log", "--format=%s").stdout.splitlines()
    assert log[: len(parts())] == [f"Add the part {name}" for name in last_first]


def test_a_part_brings_what_it_needs(world: Followed, tmp_path: Path) -> None:
    repo = own(world, "none", tmp_path)
    said = change(repo, ADD="watch")
    assert "The part service was added too: watch needs it" in said
    assert_as_rendered(repo, "none", tmp_path / "fresh")


@pytest.mark.parametrize(
    ("kind", "which", "line"),
    [
        ("all", {"ADD": "watsh"}, "watsh is no part; the parts are: service, watch, "),
        ("all", {"REMOVE": "ser"}, "ser is no part"),
        ("all", {"ADD": "watch"}, "The part watch is there already"),
        ("none", {"REMOVE": "watch"}, "The part watch is not there"),
        ("all", {"REMOVE": "service"}, "The part watch needs service: remove watch first"),
        ("all", {"ADD": "watch", "REMOVE": "deploy"}, "ADD or REMOVE names one part, not both"),
    ],
)
def test_what_can_t_be_is_refused_in_one_line(
    world: Followed, tmp_path: Path, kind: str, which: dict[str, str], line: str
) -> None:
    repo = world.clone(kind, tmp_path)
    code, said, told = make(repo, "part", **which)
    assert (code, told) == (2, {})
    first, second = said.splitlines()
    assert first.startswith(line)
    assert second.startswith("make: ")
    assert repo.run("git", "status", "--porcelain", "--branch").stdout == "## main...origin/main\n"


def test_a_part_that_the_model_needs_stays(world: Followed, tmp_path: Path) -> None:
    repo = world.clone("searched", tmp_path)
    assert answers(repo)["__parts"] == "experiments"
    code, said, _ = make(repo, "part", REMOVE="experiments", **NO_SETUP)
    assert (code, "The part experiments stays" in said) == (2, True)
    assert repo.run("git", "status", "--porcelain", "--branch").stdout == "## main...origin/main\n"


def test_changes_that_are_not_committed_are_not_touched(world: Followed, tmp_path: Path) -> None:
    repo = world.clone("all", tmp_path)
    (repo.path / "README.md").write_text("Mine\n")
    code, said, _ = make(repo, "part", REMOVE="watch")
    assert (code, "commit or stash them" in said) == (2, True)
    assert repo.read("README.md") == "Mine\n"


def test_without_a_record_there_is_nothing_to_take_a_part_from(
    starter: RenderedRepo, tmp_path: Path
) -> None:
    repo = RenderedRepo(tmp_path / "mine")
    repo.path.mkdir()
    for name in ("Makefile", ".github/template.sh"):
        (repo.path / name).parent.mkdir(exist_ok=True)
        (repo.path / name).write_text(starter.read(name), encoding="utf-8")
    code, said, _ = make_anywhere(repo)
    assert (code, "This repository follows no template" in said) == (2, True)


def make_anywhere(repo: RenderedRepo) -> tuple[int, str, dict[str, str]]:
    """Ask for a part in a folder that is no repository."""
    (repo.path / ".git").mkdir()
    return make(repo, "part", ADD="watch")


def test_own_changes_of_a_part_s_files_are_a_conflict(world: Followed, tmp_path: Path) -> None:
    repo = own(world, "all", tmp_path)
    file = "conf/retraining/default.yaml"
    (repo.path / file).write_text(repo.read(file) + "# mine\n", encoding="utf-8")
    commit(repo)
    code, said, told = make(repo, "part", REMOVE="retraining", **NO_SETUP)
    assert code == 0, said
    assert told["title"] == "Remove the part retraining, with conflicts"
    assert file in repo.read(told["body"]).partition("Changed:")[0]
    assert repo.read(file).endswith("# mine\n")


def test_without_a_name_it_lists_the_parts(world: Followed, tmp_path: Path) -> None:
    repo = world.clone("none", tmp_path)
    code, said, _ = make(repo, "part")
    assert code == 0
    assert said.splitlines() == [f"{name}: make part ADD={name}" for name in parts()]
