"""Training again: when there is a reason, what comes of it, and what stays as it was."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hydra import initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from {{ cookiecutter.package_name }}.data.schema import Schema
from {{ cookiecutter.package_name }}.registry import Registry, registry
from {{ cookiecutter.package_name }}.registry.commands import promote
from {{ cookiecutter.package_name }}.retraining import reasons as reasons_
from {{ cookiecutter.package_name }}.retraining.fetch import fetch
from {{ cookiecutter.package_name }}.retraining.propose import propose
from {{ cookiecutter.package_name }}.retraining.reasons import Production, Reason, reasons
from {{ cookiecutter.package_name }}.retraining.record import Record
from {{ cookiecutter.package_name }}.retraining.report import write_report
from {{ cookiecutter.package_name }}.retraining.retrain import retrain
from {{ cookiecutter.package_name }}.tools import config, paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal
from {{ cookiecutter.package_name }}.tools.files import read_json

from conftest import ROOT, dvc, run_pipeline, sampled
from rows import raw

pytestmark = pytest.mark.slow

retraining = import_module("{{ cookiecutter.package_name }}.retraining.retrain")

TABLE = Path("data/raw/drawn.parquet")
POINTER = Path("data/raw/drawn.parquet.dvc")
REPORT = Path("reports/retraining.md")
# The pipeline in two steps, which take less time to start than its seven.
STEPS = """\
import os, signal, sys, time

if sys.argv[1] == "evaluate" and "INTERRUPTED" in os.environ:
    with open("step", "w") as file:
        file.write(str(os.getpid()))
    os.kill(int(os.environ["INTERRUPTED"]), signal.SIGINT)
    time.sleep(60)
from omegaconf import OmegaConf
from {{ cookiecutter.package_name }}.stages import evaluate, ingest, split, train, validate
from {{ cookiecutter.package_name }}.tools.errors import Refusal
from {{ cookiecutter.package_name }}.tools.files import replace_folder
from {{ cookiecutter.package_name }}.tools.paths import CANDIDATE, EVALUATED

cfg = OmegaConf.load("params.yaml")
try:
    if sys.argv[1] == "validate":
        ingest.ingest(cfg)
        validate.validate(cfg)
    else:
        split.split(cfg)
        train.train(cfg)
        evaluate.evaluate(cfg)
        replace_folder(EVALUATED, CANDIDATE)
except Refusal as refusal:
    sys.exit(f"Refused: {refusal}")
"""
PIPELINE = {
    "stages": {
        "validate": {
            "cmd": "python steps.py validate",
            "deps": [TABLE.as_posix(), "data/schema.yaml"],
            "metrics": [{"reports/validation.json": {"cache": False}}],
            "outs": ["data/interim/noticed.json", "data/interim/table.parquet"],
        },
        "evaluate": {
            "cmd": "python steps.py evaluate",
            "deps": ["data/interim/table.parquet", "src/features.py"],
            "params": ["model", "seed"],
            "metrics": [
                {"reports/evaluation.json": {"cache": False}},
                {"reports/metrics.json": {"cache": False}},
            ],
            "outs": [
                "data/processed/test.parquet",
                "data/processed/train.parquet",
                "models/candidate",
                "models/evaluated",
                "models/trained",
                "reports/plots",
            ],
        },
    }
}


def git(*words: str) -> str:
    said = subprocess.run(["git", *words], check=True, capture_output=True, text=True)
    return said.stdout.strip()


def commit(message: str) -> None:
    git("add", "--all")
    git("commit", "--quiet", "--message", message)


@pytest.fixture(scope="module")
def recorded(schema: Schema, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose model is in production, and beside it the storage of its data."""
    folder = tmp_path_factory.mktemp("recorded") / "repo"
    for name in ("conf", "data/raw", "src"):
        (folder / name).mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        shutil.copy(ROOT / ".gitignore", ".gitignore")
        raw(schema).to_parquet(TABLE, index=False)
        schema.save()
        Path("src/features.py").write_text("# as it was\n")
        Path("steps.py").write_text(STEPS)
        for name in ("conf/config.yaml", "params.yaml"):
            OmegaConf.save(sampled(), name, resolve=True)
        OmegaConf.save(PIPELINE, "dvc.yaml")
        git("init", "--quiet")
        git("symbolic-ref", "HEAD", "refs/heads/main")
        git("config", "user.name", "Tester")
        git("config", "user.email", "tester@example.com")
        dvc("init")
        dvc("config", "core.autostage", "true")
        dvc("remote", "add", "--default", "storage", "../storage")
        dvc("add", TABLE.as_posix())
        commit("Start")
        run_pipeline(sampled())
        dvc("commit", "--force")
        commit("Train")
        promote(sampled())
        dvc("push")
    return folder


@pytest.fixture(scope="module")
def changed(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with newer data, not yet trained on."""
    folder = copied(recorded, tmp_path_factory.mktemp("changed"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        newer_data()
    return folder


@pytest.fixture(scope="module")
def retrained(changed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with what `make retrain` makes of it, and what it says."""
    folder = copied(changed, tmp_path_factory.mktemp("retrained"))
    with pytest.MonkeyPatch.context() as patch:
        here(folder, patch)
        patch.setenv("REASON", "<b>|x|</b>\n@someone `$(touch pwned)` \x1b[31m#1" + "z" * 300)
        patch.setenv("GITHUB_OUTPUT", "../said")
        retrain(sampled_here())
    return folder


def copied(folder: Path, to: Path) -> Path:
    for part in (folder, folder.parent / "storage", folder.parent / "said"):
        if part.is_dir():
            shutil.copytree(part, to / part.name)
        elif part.exists():
            shutil.copy(part, to)
    return to / folder.name


def here(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Go there, as `make` does: with its environment's programs and the folder's configuration."""
    patch.chdir(folder)
    patch.setattr(config, "CONF", folder / "conf")
    bin_folder = Path(sys.executable).parent
    patch.setenv("PATH", f"{bin_folder}{os.pathsep}{os.environ['PATH']}")
    for name in ("CI", "GITHUB_OUTPUT", "REASON"):
        patch.delenv(name, raising=False)


@pytest.fixture
def enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make a copy of one of the repositories the current folder."""

    def entered(folder: Path) -> Path:
        copy = copied(folder, tmp_path)
        here(copy, monkeypatch)
        monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "said"))
        return copy

    return entered


def sampled_here() -> DictConfig:
    """The quick configuration; any candidate passes the gate, however few rows it knows."""
    cfg = sampled()
    cfg.gate.tolerance = 1000.0
    return cfg


def newer_data(rows: int = 40) -> None:
    table = pd.read_parquet(TABLE)
    more = table.sample(rows, random_state=1)
    pd.concat([table, more], ignore_index=True).to_parquet(TABLE, index=False)
    dvc("add", TABLE.as_posix())
    commit("Newer data")


def state(folder: Path = Path()) -> dict[str, Any]:
    """All that a run could leave behind: files, commits, branches, tags."""
    left = {"reports/retraining.md", "reports/retraining.json", "reports/gate.json"}
    passing = (".git/", ".dvc/", "models/production/", "outputs/")
    files = {
        name: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
        if not (name := path.relative_to(folder).as_posix()).startswith(passing)
        if name not in left
    }
    refs, head = git("for-each-ref"), git("rev-parse", "--symbolic-full-name", "HEAD")
    return {**files, "refs": refs, "head": head, "status": git("status", "--short")}


def said(tmp_path: Path) -> str:
    file = tmp_path / "said"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def test_without_a_reason_nothing_happens(
    recorded: Path, enter: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    enter(recorded)
    before = state()
    cfg = sampled_here()
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):  # as in a command
        retrain(cfg)
    assert state() == before
    assert said(tmp_path) == "outcome=nothing\n"
    told = capfd.readouterr().out
    for name in ("asked for", "no production model", "new data", "age"):
        assert f"no  {name}: " in told
        assert f"| {name} | no |" in REPORT.read_text(encoding="utf-8")
    assert "has no source: `dvc import-url --force URL" in told
    assert "no log of predictions here" in told
    assert read_json(Path("reports/retraining.json"))["outcome"] == "nothing"


def test_newer_data_give_a_candidate(retrained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(retrained)
    assert said(retrained.parent) == "outcome=candidate\n"
    record = Record.load()
    assert record.names == "asked for, new data"
    assert set(record.changed) == {
        "dvc.lock",
        "reports/evaluation.json",
        "reports/metrics.json",
        "reports/validation.json",
    }
    assert git("rev-parse", "HEAD") == record.commit
    assert read_json(Path("reports/gate.json"))["passed"]
    report = REPORT.read_text(encoding="utf-8")
    for part in ("production v0.0.1", "### Gate", "```mermaid", "data (DVC hash)", "rows to train"):
        assert part in report
    assert not Path("pwned").exists()


def test_a_reason_from_outside_is_only_text(
    retrained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(retrained)
    (reason,) = (one.found for one in Record.load().reasons if one.name == "asked for")
    assert len(reason) == 200
    assert reason.isprintable()
    (line,) = (row for row in REPORT.read_text(encoding="utf-8").splitlines() if "someone" in row)
    assert line.startswith(r"| asked for | yes | &lt;b&gt;\|x\|&lt;/b&gt; @")
    assert r"\`$(touch pwned)\`" in line
    for active in ("@someone", "#1", "\x1b", "<b>"):
        assert active not in line


def test_a_candidate_is_proposed(retrained: Path, enter: Any, tmp_path: Path) -> None:
    enter(retrained)
    git("init", "--quiet", "--bare", "../origin.git")
    git("remote", "add", "origin", "../origin.git")
    Path("other.txt").write_text("somebody's own\n")
    git("add", "other.txt")
    hook = Path(".git/hooks/pre-commit")
    hook.write_text("#!/bin/sh\ntouch ../hooked\n")
    hook.chmod(0o755)
    record = Record.load()
    propose(sampled_here())
    branch = f"retraining/{(record.candidate or '')[:7]}"
    assert said(tmp_path).splitlines()[1:] == [
        f"branch={branch}",
        "version=v0.0.2",
        "promoted=false",
    ]
    assert (tmp_path / "hooked").exists()
    assert git("log", "-1", "--format=%s") == "Retrain: asked for, new data"
    assert git("show", "--format=", "--name-only").splitlines() == sorted(record.changed)
    assert git("status", "--short") == "A  other.txt"
    remote = git("ls-remote", "origin")
    name = sampled().name
    for ref in (f"heads/{branch}", f"tags/{name}@v0.0.2", f"tags/{name}#staging#2"):
        assert f"refs/{ref}\n" in f"{remote}\n"

    found = registry(sampled_here())
    assert [(v.name, v.stage) for v in found.versions()][-1] == ("v0.0.2", "staging")
    shutil.rmtree(".dvc/cache")
    brought = found.fetch("v0.0.2", Path("models/brought"))
    assert (brought / "pipeline.skops").read_bytes() == Path(
        "models/candidate/pipeline.skops"
    ).read_bytes()

    (tmp_path / "said").unlink()
    git("checkout", "--quiet", "main")
    git("branch", "-D", branch)
    git("checkout", branch.replace("retraining/", "origin/retraining/"), "--", *record.changed)
    git("reset", "--quiet")
    propose(sampled_here())
    assert said(tmp_path) == ""
    assert git("branch", "--list", branch) == ""


def test_with_promote_it_goes_to_production(
    retrained: Path, enter: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enter(retrained)
    cfg = sampled_here()
    cfg.retraining.promote = True
    propose(cfg)
    assert said(tmp_path).endswith("promoted=true\n")
    stages = {version.name: version.stage for version in registry(cfg).versions()}
    assert stages == {"v0.0.1": "archived", "v0.0.2": "production"}
    assert "git merge retraining/" in capsys.readouterr().out
    assert "#staging#" not in git("tag")  # GitHub sees three tags at once, no more


@pytest.mark.parametrize("broken", ["hook", "storage", "origin"])
def test_a_proposal_that_fails_leaves_nothing(
    broken: str, retrained: Path, enter: Any, tmp_path: Path
) -> None:
    enter(retrained)
    git("init", "--quiet", "--bare", "../origin.git")
    git("remote", "add", "origin", "../origin.git")
    hook = {"hook": ".git/hooks/pre-commit", "origin": "../origin.git/hooks/pre-receive"}
    if broken in hook:
        Path(hook[broken]).write_text("#!/bin/sh\necho no such thing\nexit 1\n")
        Path(hook[broken]).chmod(0o755)
    else:
        shutil.rmtree("../storage")
        Path("../storage").write_text("no folder")
    git("reset", "--quiet")
    before = state()
    with pytest.raises(Refusal, match=r"git commit|dvc push|git push"):
        propose(sampled_here())
    assert state() == before
    assert git("ls-remote", "origin") == ""
    assert "branch=" not in said(tmp_path)


def test_what_was_not_judged_is_not_proposed(
    retrained: Path, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(retrained)
    before = git("for-each-ref")
    for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    git("config", "--unset", "user.email")
    with pytest.raises(Refusal, match="does not know who commits"):
        propose(sampled_here())
    git("config", "user.email", "tester@example.com")
    Path("src/features.py").write_text("# another\n")
    with pytest.raises(Refusal, match=r"not committed: src/features.py"):
        propose(sampled_here())
    git("checkout", "--quiet", "--", "src")
    metrics = paths.REPORTS / "metrics.json"
    metrics.write_text(kept := metrics.read_text().replace("{", "{ "))
    with pytest.raises(Refusal, match=r"reports/metrics.json changed since"):
        propose(sampled_here())
    metrics.write_text(kept.replace("{ ", "{"))
    git("commit", "--quiet", "--allow-empty", "--message", "More")
    with pytest.raises(Refusal, match="another commit is checked out"):
        propose(sampled_here())
    git("reset", "--quiet", "--soft", "HEAD~1")
    (paths.CANDIDATE / "pipeline.skops").write_bytes(b"another model")
    with pytest.raises(Refusal, match="not the model that was judged"):
        propose(sampled_here())
    Path("reports/retraining.json").unlink()
    with pytest.raises(Refusal, match="run `make retrain`"):
        propose(sampled_here())
    Record().save()
    with pytest.raises(Refusal, match="the last outcome is 'refused'"):
        propose(sampled_here())
    assert git("for-each-ref") == before


def test_a_candidate_that_fails_the_gate_is_taken_back(
    retrained: Path, enter: Any, tmp_path: Path
) -> None:
    enter(retrained)  # where DVC remembers what the steps make of these data
    git("reset", "--quiet", "--hard")
    dvc("checkout", "--force")
    before = state()
    (tmp_path / "said").unlink()
    cfg = sampled_here()
    cfg.gate.minimum = {cfg.gate.metric: 1000.0}
    with pytest.raises(Refusal, match=r"of gate\.minimum; see reports/retraining\.md"):
        retrain(cfg)
    assert state() == before
    assert said(tmp_path) == "outcome=refused\n"
    assert "| refused |" in REPORT.read_text(encoding="utf-8")
    assert not read_json(Path("reports/gate.json"))["passed"]


def test_bad_data_are_refused_by_column(recorded: Path, enter: Any) -> None:
    enter(recorded)
    schema = Schema.load()
    columns = [replace(c, unique=c.name == schema.target) for c in schema.columns]
    replace(schema, columns=tuple(columns)).save()
    commit("Every row has to have a target of its own")
    before = state()
    with pytest.raises(Refusal, match="mend the data, or the schema"):
        retrain(sampled_here())
    assert state() == before
    assert "| unique | a different value in every row |" in REPORT.read_text(encoding="utf-8")


def test_a_step_that_fails_is_told(recorded: Path, enter: Any) -> None:
    enter(recorded)
    TABLE.write_bytes(b"no table")
    dvc("add", TABLE.as_posix())
    commit("Not a table")
    before = state()
    with pytest.raises(Refusal, match=r"`dvc repro validate` failed: .* can't be read"):
        retrain(sampled_here())
    assert state() == before
    assert "### The last lines of what failed" in REPORT.read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such signal")
def test_an_interrupted_run_stops_and_leaves_nothing(
    changed: Path, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(changed)
    before = state()
    monkeypatch.setenv("INTERRUPTED", str(os.getpid()))
    former = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            retrain(sampled_here())
    finally:
        signal.signal(signal.SIGINT, former)
    step = Path("step")
    process = int(step.read_text())
    step.unlink()
    assert state() == before
    end = time.monotonic() + 30
    while True:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            break
        assert time.monotonic() < end
        time.sleep(0.05)


def test_where_nothing_is_newer_the_same_model_is_refused(
    recorded: Path, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(recorded)
    monkeypatch.setenv("REASON", "I feel like it")
    before = state()
    with pytest.raises(Refusal, match=r"nothing newer to learn from than v0\.0\.1"):
        retrain(sampled_here())
    assert state() == before


def test_a_committed_candidate_is_for_make_promote(
    recorded: Path, enter: Any, tmp_path: Path
) -> None:
    enter(recorded)
    git("tag", "--delete", *git("tag").split())
    retrain(sampled_here())
    assert said(tmp_path) == "outcome=nothing\n"
    assert "`make promote`" in Record.load().line.replace("\\", "")


def test_what_is_not_committed_is_refused_before_anything(
    recorded: Path, enter: Any, tmp_path: Path
) -> None:
    enter(recorded)
    Path("uv.lock").touch()
    Path("src/features.py").write_text("# another\n")
    Path("conf/new.yaml").touch()
    with pytest.raises(Refusal, match=r"not committed: conf/new.yaml, src/features.py;"):
        retrain(sampled_here())
    assert said(tmp_path) == "outcome=refused\n"
    git("rm", "--cached", "--quiet", "data/schema.yaml")
    retrain(sampled_here())
    assert said(tmp_path).endswith("outcome=nothing\n")
    assert "`make setup`, read it, and commit it" in Record.load().line
    shutil.rmtree(".git")
    with pytest.raises(Refusal, match="no commit here"):
        retrain(sampled_here())


def test_a_fault_is_refused_and_told(
    recorded: Path, enter: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(recorded)

    def fail(*_: Any) -> None:
        raise ZeroDivisionError("no")

    monkeypatch.setattr("{{ cookiecutter.package_name }}.retraining.retrain.fetch", fail)
    before = state()
    with pytest.raises(ZeroDivisionError):
        retrain(sampled_here())
    assert state() == before
    assert said(tmp_path) == "outcome=refused\n"
    assert "ZeroDivisionError" in REPORT.read_text(encoding="utf-8")


def test_a_clone_whose_data_lie_elsewhere_has_nothing_to_do(
    recorded: Path, enter: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(recorded)
    clone = tmp_path / "far" / "away" / "clone"
    git("clone", "--quiet", ".", str(clone))
    here(clone, monkeypatch)
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "said"))
    with pytest.raises(Refusal, match=r"`make remote URL=…` where they are"):
        fetch(sampled_here())
    retrain(sampled_here())
    assert "drawn.parquet is not here, and DVC's remote" in Record.load().line
    monkeypatch.setenv("CI", "true")
    retrain(sampled_here())
    assert "has to leave this machine" in Record.load().line
    assert said(tmp_path) == "outcome=nothing\n" * 2
    monkeypatch.delenv("CI")
    shutil.copy(recorded / TABLE, TABLE)
    retrain(sampled_here())
    assert "the files of v0.0.1 are not here" in Record.load().line
    assert not paths.TABLE.exists()
    TABLE.unlink()
    shutil.rmtree(".dvc/cache")
    (clone.parent / "storage").mkdir()
    retrain(sampled_here())
    assert "drawn.parquet is not here, and DVC's remote" in Record.load().line
    (clone.parent / "storage" / "something").touch()
    with pytest.raises(Refusal, match="can't be brought"):
        retrain(sampled_here())
    assert said(tmp_path).endswith("outcome=refused\n")


def test_the_table_is_brought_from_where_it_is(
    recorded: Path, enter: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    enter(recorded)
    first = TABLE.read_bytes()
    TABLE.unlink()
    shutil.rmtree(".dvc/cache")
    fetch(sampled_here())
    assert TABLE.read_bytes() == first
    assert "was brought. It has no source" in capfd.readouterr().out

    TABLE.write_bytes(b"edited")
    with pytest.raises(Refusal, match=r"`dvc add data/raw/drawn.parquet` and commit"):
        fetch(sampled_here())
    assert TABLE.read_bytes() == b"edited"

    source = tmp_path / "source.parquet"
    source.write_bytes(first)
    dvc("import-url", "--force", str(source), TABLE.as_posix())
    source.write_bytes(newer := first + b"newer")
    fetch(sampled_here())
    assert TABLE.read_bytes() == newer

    cfg = sampled_here()
    cfg.data.format, cfg.data.path = "sklearn", "sklearn.datasets.load_iris"
    fetch(cfg)
    assert "comes with scikit-learn" in capfd.readouterr().out
    cfg.data.format, cfg.data.path = "csv", "data/raw/other.csv"
    with pytest.raises(Refusal, match=r"put it there, then `dvc add data/raw/other\.csv`"):
        fetch(cfg)
    Path("data/raw/other.csv").touch()
    fetch(cfg)
    assert "DVC does not keep it" in capfd.readouterr().out


def test_a_production_model_that_is_not_as_it_was_packed_is_not_read(
    recorded: Path, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(recorded)

    def altered(found: Registry, name: str, folder: Path) -> Path:
        found.fetch(name, folder)
        (folder / "versions.json").write_text('{"data": "0"}', encoding="utf-8")
        return folder

    monkeypatch.setattr(retraining, "fetch_version", altered)
    with pytest.raises(Refusal, match=r"versions\.json is not as it was packed"):
        retrain(sampled_here())


def test_each_reason_says_what_it_found(
    recorded: Path, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(recorded)
    cfg = sampled_here()
    found = registry(cfg)
    (version,) = found.versions()
    production = Production(version, found.fetch(version.name, paths.PRODUCTION))

    def looked_at() -> dict[str, Any]:
        return {reason.name: reason for reason in reasons(cfg, production)}

    assert not looked_at()["age"].holds
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 31 * 86_400)
    assert looked_at()["age"].holds
    monkeypatch.setattr(
        reasons_, "rain", lambda cfg, mm: (mm > 1, f"{mm} mm", "| wet |"), raising=False
    )
    cfg.retraining.reasons = {"rain": {"_target_": f"{reasons_.__name__}.rain", "mm": 2}}
    assert looked_at()["rain"] == Reason("rain", True, "2 mm", "| wet |")
    cfg.retraining = {"new_data": False, "reasons": {"rain": None}, "max_age_days": None}
    for name in ("new data", "rain", "age"):
        assert looked_at()[name].found.startswith("not looked at: retraining.")
    assert [reason.name for reason in reasons(cfg, None) if reason.holds] == ["no production model"]


def test_the_report_has_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    importance = {'say "x"]': 0.25, "`%%{init}%%`": -0.5, "": 0.0}
    importance |= {f"c{number}": 0.0 for number in range(20)}
    cfg = sampled_here()
    why = [Reason("rain", True, "2 mm|day", "| wet |")]
    record = Record("candidate", reasons=why, importance=importance, said=["<b>"])
    write_report(record, cfg)
    report = REPORT.read_text(encoding="utf-8")
    assert "### Rain: 2 mm\\|day\n\n| wet |" in report
    assert '["say _x__", "____init____", "_", "c0", ' in report
    assert '"c6"]' in report
    assert "-0.5000 --> 0.2500" in report
    assert "\n    <b>\n" in report
    assert "Merge, if they please" in report
    cfg.retraining.promote = True
    write_report(record, cfg)
    assert "puts it into production, since" in REPORT.read_text(encoding="utf-8")
