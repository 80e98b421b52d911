"""Who is measured: our service and its peers, how each is started, asked and understood."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.lending import PROGRAMS, Row

UVICORN = "--no-access-log --loop uvloop --http httptools --port {port}"


@dataclass(frozen=True)
class Contender:
    """A way to serve the model: how it is started, asked and understood."""

    note: str
    command: str
    one: str = "/predict"  # the path for one row
    many: str = "/predict"
    body: Callable[[list[Row]], Any] = lambda rows: rows
    read: Callable[[Any], Any] | None = None  # an answer into the rows' probabilities
    package: str = ""  # what has an environment of its own
    before: str = ""  # a command that makes the model ready for it


def _one_or_many(rows: list[Row]) -> Any:
    return rows[0] if len(rows) == 1 else rows


def _records(rows: list[Row]) -> Any:
    return {"rows": rows}


def _split(rows: list[Row]) -> Any:
    data = [list(row.values()) for row in rows]
    return {"dataframe_split": {"columns": list(rows[0]), "data": data}}


def _second(pairs: list[list[float]]) -> list[float]:
    return [pair[1] for pair in pairs]


ALL: dict[str, Contender] = {
    "empty": Contender(
        "FastAPI that only says yes: as fast as any service on it can be",
        f"uvicorn empty:app --app-dir {PROGRAMS} {UVICORN}",
        body=_records,
    ),
    "naive": Contender(
        "FastAPI, pydantic, a DataFrame and `predict_proba`, as most people write it",
        f"uvicorn naive:app --app-dir {PROGRAMS} {UVICORN}",
        many="/predict_many",
        body=_one_or_many,
        read=lambda answer: answer.get("probabilities") or [answer["probability"]],
    ),
    "ours": Contender(
        "the rendered repository's service: `make serve`",
        "python -m loan_default.serving serving.model=models/candidate serving.port={port}",
        body=_one_or_many,
        read=lambda answer: [one["probabilities"]["yes"] for one in answer["predictions"]],
    ),
    "unlogged": Contender(
        "the same without its log of predictions",
        "python -m loan_default.serving serving.model=models/candidate serving.port={port}"
        " monitoring.log.folder=null",
        body=_one_or_many,
        read=lambda answer: [one["probabilities"]["yes"] for one in answer["predictions"]],
    ),
    "mlflow": Contender(
        "`mlflow models serve`, on the repository's uvloop and httptools",
        "mlflow models serve --model-uri {folder}/mlflow-model --env-manager local --port {port}",
        one="/invocations",
        many="/invocations",
        body=_split,
        read=lambda answer: _second(answer["predictions"]),
        package="mlflow",
        before=f"python {PROGRAMS / 'with_mlflow.py'} {{model}} {{folder}}/mlflow-model",
    ),
    "bentoml": Contender(
        "`bentoml serve`, without its access log",
        f"bentoml serve with_bentoml:Loans --working-dir {PROGRAMS}"
        " --host 127.0.0.1 --port {port}",
        body=_records,
        read=_second,
        package="bentoml",
    ),
}
