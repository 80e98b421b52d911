"""The template's own documents."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.policy_docs import written
from tests.rendered import TEMPLATE, RenderedRepo

DOCUMENTS = [
    *sorted(TEMPLATE.glob("*.md")),
    *sorted((TEMPLATE / "docs").glob("*.md")),
    *sorted((TEMPLATE / ".github").glob("**/*.md")),
]


def links(document: Path) -> Iterator[Path]:
    """Give the files that a document links to."""
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8")):
        yield document.parent.joinpath(target).resolve()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    assert [path for path in links(document) if not path.exists()] == []


def test_every_document_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    ahead = [TEMPLATE / "README.md"]
    while ahead:
        document = ahead.pop()
        seen.add(document)
        ahead += [path for path in links(document) if path.suffix == ".md" and path not in seen]
    assert set((TEMPLATE / "docs").glob("*.md")) <= seen


def test_the_policy_s_document_is_what_its_schema_says() -> None:
    assert {path: path.read_text(encoding="utf-8") for path in written()} == written()


def test_the_readme_fits_on_two_screens() -> None:
    assert len((TEMPLATE / "README.md").read_text(encoding="utf-8").splitlines()) <= 80


def test_promises_name_tests_that_exist(starter: RenderedRepo) -> None:
    promised = re.findall(r"`((?:tests/|test_)[^`]*)`", starter.read("docs/security.md"))
    modules = [*(starter.path / "tests").rglob("*.py"), *(TEMPLATE / "tests").rglob("*.py")]
    code = "\n".join(module.read_text(encoding="utf-8") for module in modules)
    assert promised
    for name in promised:
        assert starter.has(name) if "/" in name else f"def {name}(" in code, name
