"""Drift as a reason to train again; conf/retraining names it."""

from pathlib import Path
from typing import Any, NamedTuple

from omegaconf import DictConfig

from ..tools.dvc import dvc
from ..tools.errors import Refusal
from ..tools.files import read_json, replacing
from ..tools.markdown import number, table
from ..tools.paths import REPORTS
from .drift import monitor

SHOWN = 10  # tests


class Finding(NamedTuple):
    """Whether to train again, the figures in a sentence, and a table of the tests."""

    holds: bool
    found: str
    details: str = ""


def drift(cfg: DictConfig, log_from: str | None = None) -> Finding:
    """Look for drift in the log of predictions, and leave the reports of `make monitor`.

    Args:
        cfg: the composed configuration.
        log_from: where the service's log is, an address or folder for `dvc get-url`; None if it
            is on this machine.

    Raises:
        Refusal: if the log can't be brought.
    """
    folder = cfg.monitoring.log.folder
    if log_from:
        print(_bring(log_from, folder))
    if folder is None or not any(Path(folder).glob("*.jsonl")):
        return Finding(False, f"no log of predictions here ({folder})")
    try:
        monitor(cfg)
    except Refusal as refusal:
        return Finding(False, f"unknown: {refusal}")
    found = read_json(REPORTS / "drift.json")
    rows = f"{found['rows']['window']} predictions of {found['model']}"
    sentences = {
        "drift": f"in {', '.join(found['drifted'])}: {rows}",
        "no drift": f"none in {rows}, by {len(found['checks'])} tests",
        "too few rows": f"too few rows to tell: {rows}, needed: {cfg.monitoring.min_rows}",
    }
    return Finding(found["verdict"] == "drift", sentences[found["verdict"]], as_table(found))


def as_table(found: dict[str, Any]) -> str:
    """The first tests of reports/drift.json as Markdown; empty if there are none."""
    if not found["checks"]:
        return ""
    rows = (
        [
            check["column"],
            check["kind"],
            check["test"],
            number(check["effect"]),
            number(check["adjusted"]),
            "yes" if check["drifted"] else "no",
        ]
        for check in found["checks"][:SHOWN]
    )
    return table(["column", "check", "test", "effect", "p (Holm)", "drifted"], rows)


def _bring(source: str, folder: str | None) -> str:
    if folder is None:
        raise Refusal("log_from is set, monitoring.log.folder is null; set both, or neither")
    with replacing(Path(folder)) as new:
        dvc("get-url", "--force", source, new.as_posix())
    return f"{folder} is what {source} holds now"
