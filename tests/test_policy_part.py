"""The part `policy` in a repository that trains: gate, service, dossier."""

import json
from pathlib import Path

import pytest

from ml_repo_review.policy.reader import copy_of
from tests.at_work import attempt, change, commit, run, said
from tests.environment import lend
from tests.rendered import EXAMPLES, RenderedRepo, render

pytestmark = pytest.mark.slow

POLICY = """\
models: {forbidden: [sklearn.svm.*]}
gate: {minimum: {balanced_accuracy: 0.1}, slice_gap: 1}
limits: {training_minutes: 30}
data: {log_days: 365}
reasons: {gate.minimum: of the law, data.log_days: of the term}
"""
BATCH = ("python", "-m", "my_model.predict", "input=data/raw/seattle_rain.csv")


@pytest.fixture(scope="module")
def promoted(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Give a repository whose model is in production under a policy."""
    folder = tmp_path_factory.mktemp("policy")
    (folder / "policy.yaml").write_text(POLICY)
    table = str(EXAMPLES / "seattle-rain" / "seattle_rain.csv")
    repo = render(
        folder / "out",
        parts="watch",
        dataset=table,
        target="rain_tomorrow",
        __policy=str(folder / "policy.yaml"),
    )
    lend(environment, repo)
    quicken_what_is_there(repo)
    run(repo, "make", "params", "data/schema.yaml")
    run(repo, "dvc", "repro", "--quiet", "candidate")
    commit(repo, "Train")
    run(repo, "make", "promote")
    return repo


def quicken_what_is_there(repo: RenderedRepo) -> None:
    """Spend less, in a repository without a tracker."""
    change(repo, "conf/config.yaml", "resamples: 300", "resamples: 20")
    change(repo, "conf/gate/default.yaml", "resamples: 1000", "resamples: 100")
    change(repo, "conf/model/random_forest.yaml", "n_estimators: 200", "n_estimators: 20")


def under(repo: RenderedRepo, text: str) -> None:
    """Put the repository under another policy."""
    (repo.path / ".policy.yaml").write_text(copy_of(text, "x"))


def test_the_verdict_lists_each_row_of_the_policy(promoted: RenderedRepo) -> None:
    checks = json.loads(promoted.read("reports/gate.json"))["checks"]
    names = [check["name"] for check in checks if "policy" in check["name"]]
    assert len(names) == 9
    packed = json.loads(promoted.read("models/candidate/policy.json"))
    assert packed["classes"] == ["sklearn.ensemble.RandomForestClassifier"]
    assert packed["training_seconds"] > 0
    assert 0 <= packed["calibration"] <= 1


def test_the_gate_and_the_service_refuse_what_the_policy_does(promoted: RenderedRepo) -> None:
    former = {name: promoted.read(name) for name in (".policy.yaml", "reports/gate.json")}
    try:
        under(promoted, POLICY.replace("0.1}", "0.99}"))
        refused = attempt(promoted, "make", "gate")
        assert refused.returncode
        assert "below the organisation's minimum (policy: gate.minimum, because of the law)" in (
            refused.stderr
        )
        assert "packed under another policy" in refused.stderr
        refused = attempt(promoted, *BATCH, "output=out.csv")
        assert "was judged under another policy" in refused.stderr
    finally:
        for name, text in former.items():
            (promoted.path / name).write_text(text)
    # The service and the command for files go through the same door.
    settings = ["monitoring.log.keep_days=null", "output=out.csv"]
    refused = attempt(promoted, *BATCH, *settings)
    assert "log.keep_days is None, at most 365 is allowed (policy: data.log_days, because of" in (
        refused.stderr
    )


def test_the_dossier_holds_what_is_known(promoted: RenderedRepo) -> None:
    told, _ = said(promoted, "make", "dossier")
    assert "docs/technical-documentation.md" in told
    text = promoted.read("docs/technical-documentation.md")
    for known in ("seattle_rain", "RandomForestClassifier", "v0.0.1", "90 days"):
        assert known in text
    assert "| the policy's minimum | passed:" in text
    assert "which legal is to answer" in text
