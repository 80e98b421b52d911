"""`make retrain`: train again if there is a reason to, and judge what comes of it.

The result is in reports/retraining.md and, for `make propose`, in reports/retraining.json. Unless
it is a candidate, the repository is left as it was.
"""

from pathlib import Path
from typing import Any

import pandas as pd
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig

from ..data.schema import Schema
from ..data.tables import read_table
from ..model.metrics import predict, score
from ..model.pipeline import inputs
from ..model.resampling import intervals
from ..packing.candidate import data_hash
from ..packing.opening import Loading, check_folder, open_pipeline
from ..registry import PRODUCTION, fetch_version, registry
from ..registry.gate import failed, judged
from ..tools.command import command
from ..tools.config import compose_params
from ..tools.dvc import Broke
from ..tools.errors import Refusal
from ..tools.files import read_json, sha256
from ..tools.git import git, head
from ..tools.paths import CANDIDATE, REPORTS, SCHEMA, TEST
from ..tools.paths import PRODUCTION as PRODUCTION_FOLDER
from .attempt import READ, WRITTEN, Attempt, attempt, refuse_uncommitted
from .fetch import Elsewhere, fetch, refuse_elsewhere, refuse_to_lose
from .reasons import Production, reasons
from .record import Record, tell_github
from .report import FILE, write_report

NEWER = "`dvc add` a newer table, or give it a source with `dvc import-url --force URL`"


def retrain(cfg: DictConfig) -> None:
    """Leave a candidate or nothing, and the report in any case.

    Raises:
        Refusal: if the data can't be trained on, or give no better model.
    """
    record = Record()
    try:
        _retrain(cfg, record)
    except Elsewhere as elsewhere:
        record.outcome, record.line = "nothing", f"Nothing was looked at: {elsewhere}"
    except Refusal as refusal:
        record.outcome, record.line = "refused", str(refusal)
    except Exception as error:
        record.outcome = "refused"
        record.line = f"it broke off ({type(error).__name__}: {error}); this is a fault of the code"
        _leave(record, cfg)
        raise
    _leave(record, cfg)
    if record.outcome == "refused":
        raise Refusal(f"{record.line}; see {FILE}")
    print(f"{record.line}. See {FILE}")
    if record.outcome == "candidate":
        print("Next: make propose")


def _leave(record: Record, cfg: DictConfig) -> None:
    record.save()
    write_report(record, cfg)
    tell_github(outcome=record.outcome)


def _retrain(cfg: DictConfig, record: Record) -> None:
    record.commit = head()
    if not git("ls-files", "--", SCHEMA.as_posix()):
        raise Elsewhere(f"{SCHEMA} is not committed; `make setup`, read it, and commit it")
    refuse_uncommitted(*READ, *WRITTEN)
    refuse_to_lose()
    with attempt(Path(cfg.data.path)) as run:
        fetch(cfg)
        GlobalHydra.instance().clear()  # this command is composed, and params.yaml is not
        compose_params([])
        _validate(cfg, record, run)
        production = _production(cfg)
        record.production = production.version.name if production else None
        record.reasons = reasons(cfg, production)
        for reason in record.reasons:
            print(f"{'yes' if reason.holds else 'no':<4}{reason.name}: {reason.found}")
        if not record.names:
            record.outcome, record.line = "nothing", "There is no reason to train again"
            return
        _reproduce(record, run)
        _judge(cfg, record, production)
        record.changed = run.keep()
        if not record.changed:
            record.outcome = "nothing"
            record.line = "What is committed is a candidate that passes the gate: `make promote`"
            return
        record.outcome = "candidate"
        record.line = f"A candidate passes the gate ({record.names})"


def _validate(cfg: DictConfig, record: Record, run: Attempt) -> None:
    try:
        _reproduce(record, run, "validate")
    except Refusal:
        record.violations = _read(REPORTS / "validation.json").get("violations", [])
        if not record.violations:
            raise
        columns = ", ".join(sorted({found["column"] for found in record.violations}))
        raise Refusal(
            f"{cfg.data.path} breaks {SCHEMA} ({columns}); mend the data, or the schema where the "
            "data is right"
        ) from None


def _reproduce(record: Record, run: Attempt, *stages: str) -> None:
    try:
        run.reproduce(*stages)
    except Broke as error:
        record.said = error.lines
        raise


def _production(cfg: DictConfig) -> Production | None:
    found = registry(cfg)
    version = next((one for one in found.versions() if one.stage == PRODUCTION), None)
    if version is None:
        return None
    try:
        folder = fetch_version(found, version.name, PRODUCTION_FOLDER)
    except Refusal:
        if cfg.registry._target_.endswith("GitRegistry"):
            refuse_elsewhere(f"the files of {version.name} are not here")
        raise
    check_folder(folder, Loading.of(cfg))  # before anything in it is read
    return Production(version, folder)


def _judge(cfg: DictConfig, record: Record, production: Production | None) -> None:
    """Put the candidate through the gate.

    Raises:
        Refusal: if it does not pass, or is the model that is in production.
    """
    folder = production.folder if production else None
    record.candidate = sha256(CANDIDATE / "pipeline.skops")
    record.data = {"now": data_hash(Path(cfg.data.path))}
    record.rows = {"now": read_json(CANDIDATE / "evaluation.json")["rows"]}
    if production and folder:
        record.data["before"] = production.made["data"]
        record.rows["before"] = read_json(folder / "evaluation.json")["rows"]
        if record.candidate == sha256(folder / "pipeline.skops"):
            raise Refusal(
                f"there is nothing newer to learn from than {production.version.name} learned "
                f"from: the same model comes out; {NEWER}"
            )
    record.scores = _scores(cfg, folder)
    importance = pd.read_csv(
        REPORTS / "plots" / "importance.csv", dtype={"feature": str}, keep_default_na=False
    )
    pairs = zip(importance["feature"], importance["importance"], strict=True)
    record.importance = {name: float(value) for name, value in pairs}
    checks = judged(cfg, folder, record.production)
    record.checks = [vars(check) for check in checks]
    if failure := failed(checks):
        raise Refusal(failure)


def _scores(cfg: DictConfig, production: Path | None) -> dict[str, dict[str, Any]]:
    """Every metric of both models on the test rows, with its interval."""
    spans = read_json(REPORTS / "evaluation.json")["intervals"]
    found = {
        name: {"candidate": value, "candidate_interval": spans.get(name)}
        for name, value in read_json(REPORTS / "metrics.json").items()
    }
    if production:
        schema, options = Schema.load(), cfg.evaluate
        model, rows = open_pipeline(production, Loading.of(cfg)), inputs(read_table(TEST), schema)
        said = predict(model, *rows, schema)
        old = score(said, schema.task)
        spans = intervals(said, schema.task, options.confidence, options.resamples, cfg.seed)
        for name in found:
            found[name] |= {"production": old[name], "production_interval": spans.get(name)}
    return found


def _read(path: Path) -> dict[str, Any]:
    return read_json(path) if path.exists() else {}


main = command(retrain)

if __name__ == "__main__":
    main()
