"""Parts: what an answer means, and that a repo holds its parts and no trace of the others."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from idea.project.parts import FOLDER, choose, owned, parts
from tests.rendered import TEMPLATE, RenderedRepo, render

INSIDE = TEMPLATE / "{{cookiecutter.project_slug}}"
SLOT = re.compile(r"""\{\{-? slot\("(\w+)"\) -?\}\}""")
BLOCK = re.compile(r"\{% block (\w+) %\}")
FRAGMENTS = sorted(
    (
        path.relative_to(FOLDER).parts[0],
        path.relative_to(FOLDER / path.relative_to(FOLDER).parts[0]),
    )
    for path in FOLDER.glob("*/**/*")
    if path.is_file()
)


def with_needs(name: str) -> list[str]:
    """Name a part and those that need it, which go with it."""
    return [other for other in parts() if name == other or name in needs(other)]


def needs(name: str) -> set[str]:
    """Name what a part needs, also indirectly."""
    direct = set(parts()[name].needs)
    return direct.union(*map(needs, direct))


@pytest.fixture(scope="session")
def none(tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Give the repo without parts. Tests only read it."""
    return render(tmp_path_factory.mktemp("none"), parts="none")


@pytest.fixture(scope="session")
def without(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RenderedRepo]:
    """Give a repo without each of the parts. Tests only read them."""
    folder = tmp_path_factory.mktemp("without")
    return {name: render(folder / name, parts=f"all -{name}") for name in parts()}


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ("all", list(parts())),
        ("ALL", list(parts())),
        ("default", [name for name, part in parts().items() if part.default]),
        ("", [name for name, part in parts().items() if part.default]),
        ("none", []),
        *((f"all, -{name}", [n for n in parts() if n not in with_needs(name)]) for name in parts()),
        *(
            (f"no-{name} all", [n for n in parts() if n not in with_needs(name)])
            for name in parts()
        ),
        *((name, [n for n in parts() if n == name or n in needs(name)]) for name in parts()),
        *(
            (f"none,{name}", [n for n in parts() if n == name or n in needs(name)])
            for name in parts()
        ),
    ],
)
def test_an_answer_means_parts(answer: str, names: list[str]) -> None:
    assert list(choose(answer).names) == names


def test_every_file_belongs_to_the_core_or_to_one_part(starter: RenderedRepo) -> None:
    owners: Counter[str] = Counter()
    for part in parts().values():
        for path in owned(starter.path, part):
            within = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
            owners.update(p.relative_to(starter.path).as_posix() for p in within)
    assert {name: count for name, count in owners.items() if count > 1} == {}


def test_every_path_of_the_table_is_there(starter: RenderedRepo) -> None:
    for part in parts().values():
        assert set(part.needs) <= parts().keys()
        for pattern in part.paths:
            assert list(starter.path.glob(pattern)), f"{part.name}: {pattern}"


def test_every_target_and_extra_of_the_table_is_the_part_s_own(
    starter: RenderedRepo, without: dict[str, RenderedRepo]
) -> None:
    for name, part in parts().items():
        assert targets(starter) - targets(without[name]) >= set(part.targets)
        assert extras(starter) - extras(without[name]) >= set(part.extras)
        gone = {t for other in with_needs(name) for t in parts()[other].targets}
        assert targets(starter) - targets(without[name]) == gone
        gone = {e for other in with_needs(name) for e in parts()[other].extras}
        assert extras(starter) - extras(without[name]) == gone


def targets(repo: RenderedRepo) -> set[str]:
    """Name the targets that `make` lists."""
    return set(re.findall(r"^([a-z-]+):.* ## ", repo.read("Makefile"), re.MULTILINE))


def extras(repo: RenderedRepo) -> set[str]:
    """Name the extras that people can install."""
    return set(tomllib.loads(repo.read("pyproject.toml"))["project"]["optional-dependencies"])


@pytest.mark.parametrize(("part", "file"), FRAGMENTS, ids=lambda value: str(value))
def test_every_fragment_fills_a_slot(part: str, file: Path) -> None:
    assert part in parts()
    slots = SLOT.findall((INSIDE / file).read_text(encoding="utf-8"))
    blocks = BLOCK.findall((FOLDER / part / file).read_text(encoding="utf-8"))
    assert set(blocks) <= set(slots)
    assert len(blocks) == len(set(blocks))


def test_every_slot_is_filled() -> None:
    filled = {
        (file, name)
        for part, file in FRAGMENTS
        for name in BLOCK.findall((FOLDER / part / file).read_text(encoding="utf-8"))
    }
    for path in INSIDE.rglob("*"):
        if path.is_file() and b"slot(" in path.read_bytes():
            file = path.relative_to(INSIDE)
            for name in SLOT.findall(path.read_text(encoding="utf-8")):
                assert (file, name) in filled


def test_every_target_is_phony(starter: RenderedRepo, none: RenderedRepo) -> None:
    for repo in (starter, none):
        makefile = repo.read("Makefile").replace("\\\n", " ")
        phony = [w for line in re.findall(r"^\.PHONY: (.*)", makefile, re.M) for w in line.split()]
        made = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
        assert made == set(phony)
        assert len(phony) == len(made)


# What a part is known by, besides its targets, extras and folders.
WORDS = {
    "deploy": ["cd.yml", "deploy.sh", "undeploy", "kubernetes", r"\bCD\b", "staging environment"],
    "mlflow": ["(?i:mlflow)", "MLproject", "mlruns"],
    "github": ["CODEOWNERS", "rulesets", "template.yml", "dependabot.yml", "SECURITY.md"],
    "devcontainer": ["devcontainer", "conda", "editorconfig"],
}


@pytest.mark.parametrize("name", WORDS)
def test_nothing_is_left_of_a_part(without: dict[str, RenderedRepo], name: str) -> None:
    words = [*WORDS[name], *(rf"make {target}\b" for target in parts()[name].targets)]
    pattern = re.compile("|".join(words))
    for file in without[name].files():
        if Path(file).suffix in (".csv", ".lock", ".dvc") or file == ".cruft.json":
            continue
        found = pattern.search(without[name].read(file))
        assert not found, f"{file}: {found[0]!r}"
