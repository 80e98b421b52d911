"""Runs rewritten statements: while fitting they give what they gave, and one row what all get."""

import ast
import copy
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from idea.analysis.fit_state import Learning
from tests.rendered import TEMPLATE

IMPORTS = """
import numpy as np
import pandas as pd
from collections import Counter
from scipy import stats
from scipy.stats import zscore
from sklearn import preprocessing
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest, VarianceThreshold, f_classif
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    LabelBinarizer, LabelEncoder, MinMaxScaler, OneHotEncoder, OrdinalEncoder, RobustScaler,
    StandardScaler,
)
"""
PATHS = {
    name.asname or name.name: f"{node.module}.{name.name}"
    if isinstance(node, ast.ImportFrom)
    else name.name
    for node in ast.parse(IMPORTS).body
    if isinstance(node, ast.Import | ast.ImportFrom)
    for name in node.names
}
WORLD: dict[str, Any] = {}
exec(IMPORTS, WORLD)  # noqa: S102


def runtime() -> ModuleType:
    """The rendered repo's own `steps`, which holds no Jinja."""
    place = "{{cookiecutter.project_slug}}/src/{{cookiecutter.package_name}}/steps/__init__.py"
    module = sys.modules["learned"] = ModuleType("learned")
    # Not imported: bytecode beside it would be rendered with the template.
    source = (TEMPLATE / Path(place)).read_text(encoding="utf-8")
    exec(compile(source, place, "exec"), vars(module))  # noqa: S102
    return module


learned = runtime()


class Written(learned.Steps):  # type: ignore[misc, name-defined]
    """Steps whose statements are a text."""

    def __init__(self, code: str = "", known: Any = None) -> None:
        super().__init__(known)
        self.code = code

    def steps(self, X: Any, learn: Any, y: Any = None) -> Any:  # noqa: N803
        world = {"df": learned.as_read(X, X.columns), "learn": learn, "y": y}
        return run(self.code, world, LabelEncoder=learned.LabelEncoder)


def run(code: str, world: dict[str, Any], **others: Any) -> Any:
    """Run statements; give `X` if they end in it, or else `df`."""
    world = {**WORLD, **others, **world}
    exec(code, world)  # noqa: S102
    return world["X" if code.endswith("\nX") else "df"]


def rewritten(code: str) -> tuple[str, Learning]:
    """Rewrite statements as the generator does."""
    learning = Learning({"df", "y"}, PATHS)
    return ast.unparse(ast.Module(learning.statements(ast.parse(code).body), [])), learning


def table(rows: int = 40, seed: int = 0) -> Any:
    """Numbers with gaps, whole numbers, texts with gaps, and a target."""
    rng = np.random.default_rng(seed)
    places = rng.integers(0, 6, (rows, 2))
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 12, rows).round(1),
            "fare": rng.exponential(30, rows).round(2),
            "rooms": rng.integers(1, 6, rows),
            "city": rng.choice(["Rome", "Oslo", "Lima"], rows),
            "sex": rng.choice(["m", "f"], rows),
            "text": [f"w{a} w{b} x" for a, b in places],
            "day": (
                pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, rows), "D")
            ).strftime("%Y-%m-%d"),
            "price": rng.integers(0, 2, rows),
        }
    )
    for number, column in ((7, "age"), (9, "fare"), (11, "city")):
        frame[column] = frame[column].mask(frame.index % number == 3)
    return frame


ROWS = table()


def same(left: Any, right: Any) -> None:
    """Compare values, columns and their order; types may differ, as one row has fewer values."""
    left, right = (v.toarray() if hasattr(v, "toarray") else v for v in (left, right))
    if isinstance(left, pd.DataFrame):
        left, right = left.reset_index(drop=True), right.reset_index(drop=True)
        pd.testing.assert_frame_equal(
            left, right, check_dtype=False, check_categorical=False, check_column_type=False
        )
    else:
        np.testing.assert_allclose(np.asarray(left, float), np.asarray(right, float), atol=1e-9)


def taken(values: Any, row: int) -> Any:
    return values.iloc[[row]] if isinstance(values, pd.DataFrame) else values[[row]]


def holds(code: str, frame: Any, rows: list[int]) -> None:
    """While fitting, the statements' own result; from then on the same for one row as for all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = run(code, {"df": learned.as_read(frame, frame.columns), "y": frame["price"]})
        steps = Written(rewritten(code)[0])
        same(steps.fit_transform(frame, frame["price"]), plain)
        kept = copy.deepcopy(steps)  # through `packed` and `unpacked`, as a model file
        whole = kept.transform(frame)
        same(whole, plain)
        for row in rows:
            same(kept.transform(frame.iloc[[row]]), taken(whole, row))


def cases(text: str) -> list[tuple[str, str]]:
    """Give pairs of statements, as a notebook has them and as they are rewritten."""
    lines = [line for line in text.strip().splitlines() if not line.startswith("# ")]
    blocks = [block.partition("\n=>\n") for block in "\n".join(lines).strip().split("\n\n")]
    return [(source, new) for source, _, new in blocks]


def check(source: str, expected: str) -> None:
    """Statements are rewritten as expected, and give one row what all get."""
    new, learning = rewritten(source)
    assert new == ast.unparse(ast.parse(expected))
    assert not learning.warnings
    holds(source, ROWS, [3, 14])
