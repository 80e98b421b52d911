"""Random notebooks that change a table through another name, in a function, or in place."""

import contextlib
import io
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

IMPORTS = """
import contextlib
import functools
import types
import warnings
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
"""
LOAD = 'df = pd.read_csv("people.csv")'
TAIL = """
X = df.drop(columns=["churn", "plan", "city"])
y = df["churn"]
"""
FIT = "model = LogisticRegression()\nmodel.fit(X, y)"

# How the table gets another name, and that name; `#` stands for a number of the notebook's own.
NAMES = """
=> df
b# = df => b#
b#, k# = df, 3 => b#
b# = c# = df => b#
b# = df; c# = b# => c#
data# = [df] => data#[0]
data# = [df.copy(), df] => data#[1]
data# = [df.head(), df] => data#[-1]
data# = []; data#.append(df) => data#[0]
frames# = {'a': df} => frames#['a']
frames# = dict(a=df) => frames#['a']
frames# = {}; frames#['a'] = df => frames#['a']
pair# = (df, 3) => pair#[0]
place# = types.SimpleNamespace(); place#.table = df => place#.table
place# = types.SimpleNamespace(table=df) => place#.table
give# = lambda: df => give#()
give# = lambda d=df: d => give#()
print(len(b# := df)) => b#
b# = df if len(df) else None => b#
b# = next(iter([df])) => b#
(b#, *rest#) = [df, 1, 2] => b#
b# = (lambda d: d)(df) => b#
b# = max([df], key=len) => b#
=> globals()['df']
=> vars()['df']
c# = df.copy() => c#
c# = df[["age", "income", "plan"]] => c#
c# = df.query("age > 30") => c#
""".strip().splitlines()
BLOCK_NAMES = [
    ("def same#(d):\n    return d\nb# = same#(df)", "b#"),
    ("def same#():\n    return df\nb# = same#()", "b#"),
    ("for b# in [df]:\n    pass", "b#"),
    ("with contextlib.nullcontext(df) as b#:\n    pass", "b#"),
    (
        "class Place#:\n    def __init__(self, d):\n        self.d = d\nplace# = Place#(df)",
        "place#.d",
    ),
    ("class Store#:\n    table = df", "Store#.table"),
    ("if len(df) > 3:\n    b# = df\nelse:\n    b# = df.copy()", "b#"),
]

# How `{d}`, the table under some name, is changed.
CHANGES = """
{d}["new#"] = {d}["{n}"] * 2
{d}["{n}"] = {d}["{n}"].fillna(0)
{d}["{n}"] = {d}["{n}"].fillna({d}["{n}"].mean())
{d}["{n}"] = {d}["{n}"] / {d}["{n}"].max()
{d}["{n}"] += 1
{d}.loc[{d}["{n}"] > 30, "{n}"] = 30
{d}.loc[:, "new#"] = {d}["{n}"] + {d}["{m}"]
{d}.fillna({{"{n}": 0}}, inplace=True)
{d}.replace({{"{n}": {{1.5: 7.0}}}}, inplace=True)
{d}.drop(columns="{n}", inplace=True)
{d}.drop("{n}", axis=1, inplace=True)
{d}.rename(columns={{"{n}": "new#"}}, inplace=True)
{d}.dropna(subset=["{n}"], inplace=True)
{d}.query("id > 7", inplace=True)
{d}.drop(index=[4, 5], inplace=True)
{d}.sort_values("income", inplace=True)
{d}.eval("new# = {n} * 3", inplace=True)
{d}.insert(0, "new#", {d}["{n}"] - 1)
{d}.pop("{n}")
{d}.update({d}[["{n}"]] + 5)
{d}.__setitem__("new#", {d}["{n}"] ** 2)
{d}.columns = [c.replace("{n}", "new#") for c in {d}.columns]
{d}.index.name = "row#"
setattr({d}, "{n}", {d}["{n}"] + 2)
{d}.{n} = {d}.{n} + 3
{d}["new#"], k# = {d}["{n}"] + 4, 1
{d}.assign(new#=1)
del {d}["{n}"]
""".strip().splitlines()

# Where `{s}`, which changes `{d}`, stands; `{c}` is the same change of a parameter `d`.
PLACES = [
    "{s}",
    "{s}",
    "for i# in range(2):\n    {s}",
    "while True:\n    {s}\n    break",
    "if len(df) > 3:\n    {s}",
    'if df["{n}"].max() > 0:\n    {s}\nelse:\n    print("none")',
    "try:\n    {s}\nexcept KeyError:\n    pass",
    'try:\n    df["none"]\nexcept KeyError:\n    {s}',
    "with warnings.catch_warnings():\n    {s}",
    "with contextlib.nullcontext() as n#:\n    {s}",
    "def go#():\n    {s}\ngo#()",
    "def go#():\n    {s}\n    return 3\nprint(go#())",
    "def go#():\n    def inner():\n        {s}\n    inner()\ngo#()",
    "def go#(d):\n    {c}\ngo#({d})",
    "def go#(d):\n    {c}\n    return d\nn# = go#({d})",
    "def go#(k, d):\n    {c}\n    return len(d)\nprint(go#(1, d={d}))",
    "def go#(d):\n    {c}\ndef run#(f, d):\n    f(d)\nrun#(go#, {d})",
    "def go#(d={d}):\n    {c}\ngo#()",
    "def go#(d):\n    {c}\n    return d\n{d}.pipe(go#)",
    "def go#(d):\n    {c}\nlist(map(go#, [{d}]))",
    "def go#(d):\n    {c}\nall(go#(d) for d in [{d}])",
    "def go#(d):\n    {c}\n[go#(d) for d in ({d},)]",
    "def go#(*all):\n    for d in all:\n        {c}\ngo#({d})",
    "def go#(**all):\n    d = all['t']\n    {c}\ngo#(t={d})",
    "def go#(d):\n    {c}\nfunctools.partial(go#, {d})()",
    "def go#(d):\n    {c}\n(lambda: go#({d}))()",
    "def go#(v):\n    d = {d}\n    {c}\n    return v\ndf['id'].head(1).apply(go#)",
    "def go#():\n    {s}\n    yield 1\nlist(go#())",
    "class Way#:\n    def __init__(self, d):\n        self.d = d\n"
    "    def go(self):\n        d = self.d\n        {c}\nWay#({d}).go()",
    "class Way#:\n    @staticmethod\n    def go(d):\n        {c}\nWay#.go({d})",
    "class Way#:\n    {s}",
    "for d in [{d}]:\n    {c}",
    "for d in ({d}, {d}.copy()):\n    {c}",
    "for k#, d in enumerate([{d}]):\n    {c}",
    "for d, k# in zip([{d}], [1]):\n    {c}",
    "for k#, d in {{'a': {d}}}.items():\n    {c}",
    "for k# in ['{n}']:\n    {s}",
    "exec({q})",
    "exec({q}, globals())",
]

# What else may stand between.
OTHERS: list[list[str]] = [
    ["df = df.copy()"],
    ["df = df.reset_index(drop=True)"],
    ['df["{n}"] = df["{n}"] * 1.5'],
    ['df["new#"] = df["{n}"] + df["{m}"]'],
    ["print(df.head())"],
    ["df.describe()"],
    ['cols# = ["{n}"]', 'cols#.append("{m}")', "df[cols#] = df[cols#] + 1"],
    [
        'cols# = ["{n}"]',
        "more# = cols#",
        'more#.append("{m}")',
        "df[cols#] = df[cols#] + 1",
    ],
    [
        "cols# = []",
        'for c in df.columns:\n    if c.startswith("a"):\n        cols#.append(c)',
        "df[cols#] = df[cols#] + 1",
    ],
    [
        "codes# = {{}}",
        'for i, v in enumerate(["a", "b"]):\n    codes#[v] = i',
        'df["new#"] = df["plan"].map(codes#)',
    ],
    ['codes# = {{"a": 1}}', "codes#.update(b=2)", 'df["new#"] = df["plan"].map(codes#)'],
    [
        "codes# = {{}}",
        'df["plan"].apply(lambda v: codes#.setdefault(v, len(v)))',
        'df["new#"] = df["plan"].map(codes#)',
    ],
    [
        "count# = 0\ndef add#(v):\n    global count#\n    count# += 1\n    return v",
        'df["id"].apply(add#)',
        'df["new#"] = count#',
    ],
    [
        "def outer#():\n    k = 1\n    def inner():\n        nonlocal k\n        k = 5\n"
        "    inner()\n    return k",
        'df["new#"] = outer#()',
    ],
    ["seen# = []", '[seen#.append(c) for c in ["{n}", "{m}"]]', "df[seen#] = df[seen#] * 2"],
    [
        'v# = df["{n}"].to_numpy().copy()',
        "w# = v#[2:]",
        "w#[:] = 1",
        'df["new#"] = v#',
    ],
    ['part# = df["{n}"]', "part# += 1"],
    ['part# = df["{n}"]', "part#[part# > 30] = 0"],
    ['part# = df["{n}"].copy()', "part#[part# > 30] = 0", 'df["new#"] = part#'],
]


def people() -> Any:
    """Give an invented table: numbers with gaps, texts, and a target."""
    rng = np.random.default_rng(5)
    rows = 24
    frame = pd.DataFrame(
        {
            "id": np.arange(1, rows + 1),
            "age": rng.normal(40, 12, rows).round(1),
            "income": rng.exponential(30, rows).round(1) + 1,
            "plan": rng.choice(["a", "b"], rows),
            "city": rng.choice(["Rome", "Oslo", "Lima"], rows),
            "churn": np.arange(rows) % 2,
        }
    )
    frame["age"] = frame["age"].mask(frame.index % 7 == 3)
    frame["income"] = frame["income"].mask(frame.index % 9 == 4)
    return frame


def random_cells(seed: int, fragments: int) -> list[str]:
    """Draw a notebook's cells between the table and X; they run.

    Args:
        seed: of the draws.
        fragments: how many to draw, of which those that do not run are left out.
    """
    rng = np.random.default_rng(seed)
    cells: list[str] = []
    for number in range(1, fragments + 1):
        new, at = list(cells), 0
        for cell in _fragment(rng):
            at = int(rng.integers(at, len(new) + 1))  # others may come between
            new.insert(at, cell.replace("#", str(number)))
            at += 1
        if runs(new):
            cells = new
    return cells


def _fragment(rng: np.random.Generator) -> list[str]:
    """Give the cells that make another name for the table, and change what has it."""
    n, m = rng.permutation(["age", "income"]).tolist()
    if rng.random() < 0.3:
        return [cell.format(n=n, m=m) for cell in _drawn(OTHERS, rng)]
    names = [line.partition("=> ")[::2] for line in NAMES] + BLOCK_NAMES
    made, name = (text.strip() for text in _drawn(names, rng))
    change = _drawn(CHANGES, rng)
    statement, inside = (change.format(d=d, n=n, m=m) for d in (name, "d"))
    place = _drawn(PLACES, rng)
    text = place.format(s=statement, c=inside, d=name, q=repr(statement), n=n)
    return [made, text] if made else [text]


def _drawn(choices: Sequence[Any], rng: np.random.Generator) -> Any:
    return choices[int(rng.integers(len(choices)))]


def run(cells: Sequence[str]) -> tuple[Any, Any]:
    """Run cells plainly, on the table; give X and y."""
    scope: dict[str, Any] = {"__name__": "__main__", "people": people()}
    code = "\n".join([IMPORTS, "df = people", *cells, TAIL])
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        exec(code, scope)  # noqa: S102 - our own code
    return scope["X"], scope["y"]


def runs(cells: Sequence[str]) -> bool:
    """Tell whether cells run, and leave numbers to fit to."""
    try:
        X, _ = run(cells)
    except Exception:
        return False
    return bool(len(X.columns)) and X.columns.is_unique and all(t.kind in "fiub" for t in X.dtypes)
