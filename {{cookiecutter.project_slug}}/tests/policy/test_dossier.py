"""The dossier: what the repository knows stands in it, and what people have not answered, too."""

from pathlib import Path

import pytest
import yaml

from {{ cookiecutter.package_name }}.dossier import write
from {{ cookiecutter.package_name }}.dossier.documents import unanswered
from {{ cookiecutter.package_name }}.dossier.facts import UNKNOWN
from {{ cookiecutter.package_name }}.tools.errors import Refusal
from {{ cookiecutter.package_name }}.tools.files import read_json

from conftest import ROOT, sampled


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the questions and nothing else."""
    monkeypatch.chdir(tmp_path)
    Path("docs").mkdir()
    text = (ROOT / "docs" / "dossier.yaml").read_text(encoding="utf-8")
    Path("docs/dossier.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def answer(**answers: str) -> None:
    """Answer questions, and leave others open."""
    path = Path("docs/dossier.yaml")
    fields = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name in fields:
        fields[name]["answer"] = answers.get(name, "unanswered")
    path.write_text(yaml.safe_dump(fields), encoding="utf-8")


def test_without_a_model_it_says_what_is_not_known(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer()
    write.dossier(sampled())
    assert "legal has 4 fields of docs/dossier.yaml to answer" in capsys.readouterr().out
    text = (here / "docs" / "technical-documentation.md").read_text(encoding="utf-8")
    assert UNKNOWN in text
    assert "no proof of compliance" in text
    assert "*Unanswered: `oversight`, which operations is to answer.*" in text


def test_it_holds_scores_and_answers(trained: Path, here: Path) -> None:
    answer(intended_use="To <b>sort</b> | them.", risk_class="high")
    for name in ("metrics.json", "evaluation.json"):
        text = (trained / "reports" / name).read_text(encoding="utf-8")
        (here / "reports").mkdir(exist_ok=True)
        (here / "reports" / name).write_text(text, encoding="utf-8")
    write.dossier(sampled())
    card = (here / "docs" / "model-card.md").read_text(encoding="utf-8")
    for name, value in read_json(here / "reports" / "metrics.json").items():
        assert f"| {name} | {value:.4f}" in card
    assert "To <b>sort</b> | them." in card
    page = (here / "reports" / "dossier.html").read_text(encoding="utf-8")
    assert "To &lt;b&gt;sort&lt;/b&gt;" in page
    assert "<table>" in page


def test_open_fields_are_counted_by_owner(here: Path) -> None:
    answer(intended_use="To sort them.")
    fields = write.answers()
    assert sum(unanswered(fields).values()) == len(fields) - 1


@pytest.mark.parametrize("text", ["a: [", "- a", "a: b"])
def test_questions_that_are_none_are_refused(here: Path, text: str) -> None:
    (here / "docs" / "dossier.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Refusal, match=r"dossier\.yaml"):
        write.answers()
