"""The life of tables: each described, learned from, asked about, watched, in a repo of its own.

A script that lives.py runs with the environment of rendered repos, whose package is called `kind`
and the same in all of them, so that it is imported once.
"""
# mypy: ignore-errors

import json
import logging
import os
import sys
import warnings
from pathlib import Path
from unittest import mock

import pandas as pd
from fastapi.testclient import TestClient
from kind.data.schema import Schema
from kind.data.tables import read_table
from kind.monitoring import drift, store
from kind.packing import opening
from kind.serving.app import create_app
from kind.serving.settings import Settings
from kind.stages import describe, evaluate, findings, formats, ingest, split, train, validate
from kind.stages.noticed import notice
from kind.tools import config, errors, files, paths

warnings.simplefilter("ignore")
logging.disable()
LOG = {"_target_": "kind.monitoring.prediction_log.prediction_log", "options": {"folder": "log"}}
STAGES = [ingest.ingest, validate.validate, split.split, train.train, evaluate.evaluate]


def live(repo, asked, overrides):
    os.chdir(repo)
    for module in (paths, config, formats, findings):
        module.CONF = Path(repo) / "conf"
    found = []
    with mock.patch.object(describe, "notice", lambda *given: found.extend(notice(*given))):
        describe.describe_table(config.composed(overrides))
    cfg = config.composed(overrides)
    for stage in STAGES:
        stage(cfg)
    schema = Schema.load()
    features = read_table(paths.TEST)[schema.features]
    exact = {"date_format": "iso", "double_precision": 15}
    rows = json.loads(features.to_json(orient="records", **exact))
    settings = Settings(model="t", folder=str(paths.EVALUATED), log=LOG)
    with TestClient(create_app(settings)) as client:
        answers = [client.post("/predict", json=row).json() for row in asked]
        assert client.get("/openapi.json").status_code == 200
        assert client.post("/predict", json=rows).status_code == 200
    window = store.read(Path("log"), schema)
    reference = pd.read_parquet(paths.EVALUATED / "reference.parquet")
    watched = drift.judge(reference, window, "t", schema, cfg)
    return {
        "task": schema.task,
        "types": {column.name: column.type for column in schema.columns},
        "categories": {c.name: c.categories for c in schema.columns if c.categories},
        "rows": len(read_table(paths.TABLE)),
        "answers": [answer["predictions"][0]["prediction"] for answer in answers],
        "watched": sorted({each.column for each in watched.quality}),
        "scores": files.read_json(paths.REPORTS / "metrics.json"),
        "baseline": files.read_json(paths.REPORTS / "evaluation.json")["baseline"],
        "noticed": [each.title for each in found],
    }


def lived(repo, asked, overrides):
    try:
        return live(repo, asked, overrides)
    except errors.Refusal as refusal:
        return {"refused": str(refusal)}
    except Exception as error:
        return {"broken": repr(error)[:300]}


with mock.patch.object(opening, "Trial"):  # a child process, which takes its time
    told = json.loads(sys.stdin.read())
    print(json.dumps([lived(*each, told["overrides"]) for each in told["repos"]]))
