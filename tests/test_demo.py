"""What `make demo` says of its notebook; `make demo` itself is run by hand and in CI."""

from pathlib import Path

from examples.demo import NOTEBOOK, told
from tests.rendered import render


def test_the_demo_finds_what_it_reports_in_the_repo_s_document(tmp_path: Path) -> None:
    repo = render(tmp_path, notebook=str(NOTEBOOK))
    found = told(repo.path)
    assert {"data", "target", "model", "last stored score"} <= found.keys()
    assert all(found.values())
