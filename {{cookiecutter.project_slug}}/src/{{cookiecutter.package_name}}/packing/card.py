"""The model card, after Mitchell et al., Model Cards for Model Reporting (2019)."""

from collections.abc import Iterable
from typing import Any

from omegaconf import DictConfig

from ..data.schema import Schema


def model_card(
    cfg: DictConfig,
    schema: Schema,
    metrics: dict[str, float],
    details: dict[str, Any],
    versions: dict[str, Any],
) -> str:
    """The model's purpose, origin, scores and limits, as Markdown.

    Args:
        cfg: the composed configuration.
        schema: of the raw table.
        metrics: scores on the test rows.
        details: intervals, baseline and slices.
        versions: of code, data, Python and packages.
    """
    estimator = cfg.model.estimator["_target_"].rsplit(".", 1)[-1]
    parts = [
        f"# {cfg.title}",
        f"Predicts `{schema.target}` ({schema.task}) from {len(schema.features)} columns "
        f"of `{cfg.data.path}` with a {estimator}.",
        "## Made from",
        _table(
            ["what", "value"],
            [
                ["data (DVC hash)", versions["data"]],
                ["code (Git commit)", versions["code"]],
                ["Python", versions["python"]],
                ["scikit-learn", versions["packages"]["scikit-learn"]],
                ["rows to train", details["rows"]["train"]],
                ["rows to test", details["rows"]["test"]],
            ],
        ),
        "## How well it does",
        f"On the test rows, with {cfg.evaluate.confidence:.0%} bootstrap intervals; "
        "the baseline looks at no column.",
        _table(["metric", "score", "interval", "baseline"], _scores(metrics, details)),
        *_slices(details, cfg.evaluate.metric),
        "## Columns",
        _table(
            ["column", "type", "may be missing", "values"],
            [[c.name, c.type, "yes" if c.nullable else "no", _values(c)] for c in schema.columns],
        ),
        "## Limits",
        "It knows the ranges and categories above and nothing beyond them. Predictions for rows "
        "unlike the training data, and decisions about people that nobody checks, are not what it "
        "is for.",
    ]
    return "\n\n".join(parts) + "\n"


def _scores(metrics: dict[str, float], details: dict[str, Any]) -> Iterable[list[Any]]:
    for name, value in metrics.items():
        low, high = details["intervals"].get(name, (float("nan"),) * 2)
        yield [name, f"{value:.4f}", f"{low:.4f} to {high:.4f}", f"{details['baseline'][name]:.4f}"]


def _slices(details: dict[str, Any], metric: str) -> list[str]:
    if not details["slices"]:
        return []
    rows = [
        [f"{column} = {value}", scores["rows"], f"{scores[metric]:.4f}"]
        for column, values in details["slices"].items()
        for value, scores in values.items()
    ]
    return ["## By slice", _table(["slice", "rows", metric], rows)]


def _values(column: Any) -> str:
    if column.categories is not None:
        return ", ".join(map(str, column.categories))
    return "" if column.min is None else f"{column.min:g} to {column.max:g}"


def _table(header: list[str], rows: Iterable[list[Any]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
