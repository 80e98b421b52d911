"""Training rows are known by what is done with them, not by the names of variables."""

import ast

import pytest

from idea.models.row_origins import Origin, RowOrigins
from idea.program import Step

TRAINING, HELD_OUT, UNKNOWN = Origin.TRAINING, Origin.HELD_OUT, Origin.UNKNOWN


def steps(code: str) -> list[Step]:
    """Make steps of code; a comment gives the role."""
    return [
        Step(ast.parse(line).body[0], 0, 1, role=line.partition("  # ")[2])
        for line in code.splitlines()
    ]


@pytest.mark.parametrize(
    ("code", "call", "origin"),
    [
        ("a = X  # split\nb = X  # test", "score(b)", HELD_OUT),
        ("a = X  # split\nb = X  # test", "score(a)", TRAINING),
        ("X_train = df[:9]\nX_test = df[9:]", "score(X_train)", UNKNOWN),
        ("a = X[:9]\nb = X[9:]\nm.fit(a, c)", "score(a)", TRAINING),
        ("a = X[:9]\nb = X[9:]\nm.fit(a, c)", "score(b)", UNKNOWN),
        ("m = M().fit(a, c)\np = m.predict(a)", "score(c, p)", TRAINING),
        ("m = M().fit(a, c)\np = m.predict(b)", "score(d, p)", UNKNOWN),
        # the model is fitted again to all rows in the end
        ("b = X  # test\nm.fit(X, y)", "score(b, m.predict(b))", HELD_OUT),
        ("b = y[9:]\nm.fit(X, y)", "score(b)", UNKNOWN),
        # scaled, rounded, a column of probabilities
        ("b = X  # test\nb = scaler.transform(b)", "score(b)", HELD_OUT),
        ("b = X  # test\np = np.round(m.predict_proba(b)[:, 1])", "score(p > 0.5)", HELD_OUT),
        # what is held out may be split again
        ("b = X  # test\nv = b  # split\nt = b  # test", "score(v)", HELD_OUT),
        ("a = X  # split\nb = X  # test", "score(y_true=a, y_pred=b)", TRAINING | HELD_OUT),
    ],
)
def test_origins(code: str, call: str, origin: Origin) -> None:
    program = steps(code)
    origins = RowOrigins(program)
    for step in program:
        origins.follow(step)
    node = ast.parse(call, mode="eval").body
    assert isinstance(node, ast.Call)
    assert origins.of_arguments(node) is origin
