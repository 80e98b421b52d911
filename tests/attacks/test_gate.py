"""The gate of a repo in production: what is judged, and what goes into production."""

import json
import os
import signal
import subprocess
import time

import pytest

from tests.at_work import activated, attempt, change, commit, run
from tests.rendered import RenderedRepo, clean_environment
from tests.served import serving

pytestmark = pytest.mark.slow

LOOKING = """\
    def steps(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> pd.DataFrame:
        X = X.copy()
        for name in X.select_dtypes("number"):
            X[name] = X[name] - X[name].mean()
"""

DIGEST = """
from pathlib import Path
from rain.packing import check_hashes, digest
folder = Path("models/candidate")
check_hashes(folder)
print(digest(folder))
"""


def refused(repo: RenderedRepo, *command: str) -> str:
    """Run a command that has to be refused, and give its one line."""
    answer = attempt(repo, *command)
    assert answer.returncode != 0
    assert "Traceback" not in answer.stderr
    (line,) = [line for line in answer.stderr.splitlines() if line.startswith("Refused: ")]
    return line


def tags(repo: RenderedRepo) -> list[str]:
    """Give all tags, with the commits that they are of."""
    form = "--format=%(refname) %(*objectname)"
    return run(repo, "git", "for-each-ref", form, "refs/tags").splitlines()


def dummy(repo: RenderedRepo) -> None:
    """Train a model that looks at nothing, on a branch of its own."""
    run(repo, "git", "checkout", "--quiet", "-b", "worse")
    change(repo, "conf/config.yaml", "model: random_forest", "model: dummy")
    run(repo, "make", "params")
    run(repo, "dvc", "repro", "--quiet", "candidate")
    commit(repo, "Look at nothing")


def test_a_good_model_beside_a_commit_of_a_dummy_is_not_judged(own: RenderedRepo) -> None:
    main = run(own, "git", "branch", "--show-current").strip()
    before = tags(own)
    dummy(own)
    run(own, "git", "checkout", "--quiet", main)
    attempt(own, "dvc", "checkout", "--quiet")  # there is no report, as it says
    run(own, "git", "checkout", "--quiet", "worse")  # and no `dvc checkout`
    line = refused(own, "make", "promote")
    assert "models/candidate is not the one that dvc.lock names; run `dvc checkout`" in line
    assert "models/candidate is not the one" in refused(own, "make", "register")
    attempt(own, "dvc", "checkout", "--quiet")  # there is no report, as it says
    assert "the candidate is not better than the baseline" in refused(own, "make", "promote")
    assert tags(own) == before


def test_other_test_rows_are_not_judged_on(own: RenderedRepo) -> None:
    test = own.path / "data/processed/test.parquet"
    test.unlink()  # it may be a link into DVC's cache
    test.write_bytes((own.path / "data/processed/train.parquet").read_bytes())
    assert "data/processed/test.parquet is not the one" in refused(own, "make", "promote")


def test_a_lock_that_is_not_committed_is_told_apart_from_stale_files(own: RenderedRepo) -> None:
    change(own, "conf/config.yaml", "model: random_forest", "model: dummy")
    run(own, "make", "params")
    run(own, "dvc", "repro", "--quiet", "candidate")
    line = refused(own, "make", "promote")
    assert "the run that made models/candidate is not committed; run `git add" in line


def test_the_tag_the_verdict_and_the_service_name_the_same_model(own: RenderedRepo) -> None:
    run(own, "make", "promote")
    verdict = json.loads(own.read("reports/gate.json"))
    (tag,) = run(own, "git", "tag", "--list", "*@v0.0.1").split()
    assert f"digest: sha256:{verdict['digest']}" in run(own, "git", "cat-file", "tag", tag)
    with serving(own) as service:
        assert service.get("/model").json["digest"] == verdict["digest"]


def test_a_step_that_looks_at_other_rows_never_serves(own: RenderedRepo) -> None:
    before = tags(own)
    text = own.read("src/rain/features.py")
    start = text.index("    def steps(")
    features = text[:start] + LOOKING + text[text.index("        return X") :]
    (own.path / "src/rain/features.py").write_text(features)
    run(own, "make", "params")
    answer = attempt(own, "dvc", "repro", "candidate")
    assert answer.returncode == 0, answer.stderr
    found = json.loads(own.read("reports/evaluation.json"))["row_dependence"]
    assert found["alone"] > 0.5 * found["rows"]
    said = f"{found['alone']} of {found['rows']} test rows get another answer alone"
    assert f"this model can't be promoted: {said}" in answer.stdout + answer.stderr
    commit(own, "Look at the other rows")
    line = refused(own, "make", "promote")
    assert said in line
    assert "a step looks at other rows of its input" in line
    assert tags(own) == before


@pytest.mark.parametrize(
    ("command", "override", "reason"),
    [
        ("registry.commands promote", "+gate.minimun.accuracy=0.99", "do you mean gate.minimum?"),
        ("registry.commands promote", "gate.confidence=95", "gate.confidence is 95"),
        ("registry.commands promote", "gate.resamples=0", "gate.resamples is 0"),
        ("registry.commands promote", "+gate.minimum.acuracy=0.9", "do you mean accuracy?"),
        ("monitoring.drift", "+monitoring.alpa=0.1", "do you mean monitoring.alpha?"),
        ("monitoring.ab", "monitoring.ab.power=80", "monitoring.ab.power is 80"),
        ("retraining.retrain", "+retraining.max_age=3", "do you mean retraining.max_age_days?"),
        ("serving", "+serving.max_row=3", "do you mean serving.max_rows?"),
        ("predict", "+chunk_row=3", "do you mean chunk_rows?"),
        ("stages.train", "seed=x", "seed is 'x'"),
    ],
)
def test_a_mistyped_configuration_is_one_line(
    repo: RenderedRepo, command: str, override: str, reason: str
) -> None:
    options = ["input=a.csv", "output=b.csv"] if command == "predict" else []
    assert reason in refused(repo, "python", "-m", *f"rain.{command}".split(), *options, override)


def test_params_check_finds_a_mistyped_key(own: RenderedRepo) -> None:
    change(own, "conf/gate/default.yaml", "resamples: ", "resample: ")
    answer = attempt(own, "make", "params-check")
    assert answer.returncode != 0
    assert "there is no gate.resample (do you mean gate.resamples?)" in answer.stderr


@pytest.mark.parametrize("seconds", [3.0, 5.0, 7.0])
def test_a_killed_evaluate_leaves_the_former_candidate(own: RenderedRepo, seconds: float) -> None:
    before = run(own, "python", "-c", DIGEST)
    change(own, "conf/config.yaml", "resamples: 20", "resamples: 21")
    run(own, "make", "params")
    with subprocess.Popen(
        ["dvc", "repro", "--quiet", "candidate"],
        cwd=own.path,
        env=clean_environment() | activated(own),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
    assert own.has("models/candidate/pipeline.skops")
    if run(own, "python", "-c", DIGEST) != before:
        assert "resamples: 21" in own.read("models/candidate/params.yaml")  # it came to its end
