"""The printer of syntax trees: ruff finds nothing to change, and the code means what it meant."""

# ruff: noqa: E501 (what has to be broken is long)
import ast
import inspect
import io
import shutil
import subprocess
import sys
import tokenize
from collections import Counter
from pathlib import Path

import pytest

from idea.codegen.formatter import layout
from idea.program.comments import read_comments

ROOT = Path(__file__).parents[3]
RUFF = shutil.which("ruff", path=Path(sys.prefix, "bin")) or shutil.which("ruff")

IDIOMS = r'''
import pandas as pd, numpy as np
from sklearn.ensemble import RandomForestClassifier as Forest, GradientBoostingClassifier, ExtraTreesClassifier
from .. import *
x = 5
def inner(a, b=1, *args, c, d: int = 2, **rest) -> dict[str, int]: return a ** b + -a ** 2 - (-a) ** b + f(a) ** 2
class Empty: pass
class Columns(BaseEstimator, TransformerMixin, metaclass=abc.ABCMeta):
    """Select columns.

        As a frame.
    """
    def __init__(self, names): self.names = names
    @property
    def first(self): ...
    async def later(self, *, wait=0):
        from time import sleep
        async with a as b, c: await sleep(wait)
        async for x in y: yield x
        return [await z async for z in w]
df = pd.read_csv('https://example.org/a/very/long/address/of/a/table.csv', sep=';', na_values=['?', 'NA'], index_col=0)
df['family'] = df['SibSp'] + df['Parch'] + 1
df.loc[(df['age'] > 20) & ~(df['city'].isin(['Rome', 'Oslo'])) | df.income.isna(), ['age', 'city']] = np.nan
df['title'] = df['name'].str.extract(r' ([A-Za-z]+)\.', expand=False).str.strip().str.lower().replace('mme', 'mrs')
df['bucket'] = pd.cut(df['age'], bins=[0, 12, 18, 35, 60, 120], labels=['child', 'teen', 'young', 'adult', 'senior'])
df['rate'] = df['amount'] / df['total_amount_of_everything'] * 100 - df['the_mean_of_something_else'].fillna(0) ** 2
table = df.groupby(['region', 'kind']).agg({'sales': ['mean', 'sum'], 'profit': 'median'}).reset_index().sort_values('region')
df.groupby('region')['sales'].mean().sort_values(ascending=False).head(10).plot(kind='bar', figsize=(12, 6), title='Sales')
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42, stratify=y if stratified else None)
(mean, std), rest = stats(x), None
a = b = c = d['key'] = 0
a, b = b, a
one = (1,)
none = ()
first, = values
last = grid[a:b,]
point = 1, 2
total += weights[:, 0] @ matrix[1:, ::2] + row[i + 1 : j, ...] + row[-1:] + row[lower:upper:step] + x[a:b, None]
ratio: float = 1e-16 + 1e16 + 1j + 0x10 + 1_000_000
names: dict[str, list[tuple[int, str]]] = {key: [(i, name) for i, name in enumerate(values) if name] for key, values in groups.items()}
scale = lambda column, low=0, *rest: (column - column.min()) / (column.max() - column.min() + low) if len(column) else None
frame['x'] = frame['a_long_name_of_a_column'].apply(lambda value: 'a rather long text' if value > 3 else value.strip().lower())
now = lambda: 0
pipe = Pipeline([('prep', ColumnTransformer([('num', StandardScaler(), numeric), ('cat', OneHotEncoder(handle_unknown='ignore'), categorical)])), ('model', LogisticRegression(C=.5, **params))])
if (n := len(df)) > 10 and not df.empty or debug is not None and n not in (1, 2): print(f"{n:>{width}} rows, {df['a'].mean():.2f} {n!r} {{}} { {1: 2}[1]}")
elif a < b <= c != d: del a, b[0]
else:
    def local(): pass
for i, (name, model) in enumerate(zip(list_of_the_names_of_models, list_of_the_fitted_models_themselves, strict=False)):
    model.fit(X, y)
else: pass
while True: break
try: import xgboost
except (ImportError, OSError) as error: raise RuntimeError('xgboost is missing: install it with pip install xgboost, or leave it out') from error
except: pass
else: x = 1
finally: x = 2
with open('a_rather_long_name_of_a_file.txt', encoding='utf-8') as source, open('another_long_name_of_a_file', 'w') as sink: pass
with open('a_rather_long_name_of_a_file_that_goes_on_and_on.txt', mode='w', encoding='utf-8', newline='') as sink: sink.write(x)
assert isinstance(model, Forest) and len(model.estimators_) == 100, f'expected a forest of 100 trees, not {model}'
assert x == y
print('It\'s', "a \"quoted\" text", 'both \' and "', b'\x00"', '\\d+', r'[\w.]+', '\\\n', 'tab\t', 'é ✓ 日本')
print(f"{df['a']} it's {x['b']!r} {', '.join(names)}" "and more")
result = some_function_name(argument_one)[0].attribute_name.another_function(argument_two, key=value)(called)
value = very_long_function_name_number_one(argument) + very_long_function_name_number_two(argument) * another_one
value = first_condition_that_is_long and second_condition_that_is_long or (third_condition and not fourth_condition_long)
flag = not (a and b) if (yes if ok else no) else (lambda: 0)
best = max((score(model, X_test, y_test) for model in models_that_were_trained_before if model is not None), default=0.0)
scores = {**old, 'new': -cross_val_score(estimator, X, y, cv=KFold(n_splits=5, shuffle=True), scoring='neg_log_loss')}
axes[0, 1].set_title('A title', fontsize=14); axes.flat[-1].annotate(f'{value:.1%}', xy=(0.5, 1), xytext=(0, 3), textcoords='offset points')
(a or b).method()[0](1).real
(1).real; (-1).real; (yield_ := 3); (x for x in y); [*a, *b]; {*a}; {}; []; a if b else c
this_is_a_long_variable_name_for_a_string = 'and this is a long text, too long for one line, so that it stays'
this_is_a_long_name.of_an_attribute[0]['of a dictionary with a long key'] = 'and a long text that fits no line at all'
query = """
select *
from t
"""
match command:
    case {'kind': 'a', **rest} if x: pass
    case [1, -1, *_] | Point(0, y=None) as p: pass
    case _: pass
def generator():
    """One line."""
    x = yield
    y = yield x, 1
    global z
    return x, [y]
def long(parameter_number_one: pd.DataFrame, parameter_number_two: list[str], parameter_number_three=None) -> None:
    """Ends in a "quote\""""
    return parameter_number_one if parameter_number_two is None else parameter_number_one[parameter_number_two].copy()
@cache
@app.get('/items', response_model=list)
def short(a, /, b): return (a, b)
'''

COMMENTED = """
#: what the module is for
import os  # the system
# beside the imports
x = 1   # one
values = [  # opened here
    1,  # one
    # above two
    2,
    # at the end
]
settings = {
    # above a key
    "depth": 3,  # beside a value
    "scorer": make(  # opened deeper
        2  # deep
    ),
    **rest,  # and the others
}
df = (
    df.dropna()  # rows with gaps
    # made here
    .assign(a=1)  # a column
    .drop(columns=["b"])
)
df = (
    df.dropna()  # too short a chain
    .assign(a=1)
)
total = (
    weight * 2  # twice
    + height  # and height
    # without the base
    - base
)
mask = (df["age"] > 18) & (  # adults
    df["income"] < 1000  # poor
)
plot(df, kind="bar",  # bars
     # wide
     figsize=(12, 6))
encoder = OneHotEncoder(handle_unknown="ignore").fit(df[["a", "b"]])  # a comment for which the line is too short
model = ColumnTransformer([("scale", StandardScaler(), ["age"]), ("encode", OneHotEncoder(), ["city"])])  # both kinds of columns
if x:  # when there is one
    y = 2  # two
    # and no more
# otherwise
elif z:
    y = 3
else:  # at last
    y = 4
for name in names:
    # look at each
    print(name)  # here
# A function of its own.
def inner(
    a,  # the first
    b=1,
    *args,
    **rest,  # and the others
):  # goes on
    # before it ends
    return a  # what it gives
class Unused(Base):
    'Nothing.'
    # but this
# A class.
class Empty(Base):
    # nothing in it
    size = 1
    @property  # read only
    def width(self):
        return self.size
try:
    x = 1
# what may happen
except ValueError:
    x = 2
finally:  # in any case
    x = 3
name = "größe"  # größer als 日本
with open("a") as file:  # read it
    text = file.read()
    def used(): pass
    # after a function
match x:
    # a case
    case 1:
        pass  # nothing
"""

SOURCES = sorted(ROOT.glob("idea/**/*.py"))


def comments(text: str) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


def meaning(tree: ast.AST) -> str:
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text)) as docstring):
                docstring.value = inspect.cleandoc(text).rstrip()
    return ast.dump(tree)


def assert_unchanged(folder: Path, width: int) -> None:
    assert RUFF
    command = [RUFF, "format", "--isolated", "--diff", "--line-length", str(width), str(folder)]
    run = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert not run.returncode, run.stdout + run.stderr


@pytest.mark.parametrize("width", [40, 60, 88, 100, 1000])
def test_idioms(tmp_path: Path, width: int) -> None:
    tree = ast.parse(IDIOMS)
    text = layout(tree.body, width=width)
    assert meaning(ast.parse(text)) == meaning(tree)
    Path(tmp_path, "idioms.py").write_text(text, encoding="utf-8")
    assert_unchanged(tmp_path, width)


@pytest.mark.parametrize("width", [40, 60, 88, 100, 1000])
def test_comments(tmp_path: Path, width: int) -> None:
    tree = ast.parse(COMMENTED)
    text = layout(tree.body, read_comments(COMMENTED, tree), width=width)
    assert meaning(ast.parse(text)) == meaning(tree)
    assert comments(text) == comments(COMMENTED)
    Path(tmp_path, "comments.py").write_text(text, encoding="utf-8")
    assert_unchanged(tmp_path, width)


@pytest.mark.parametrize(
    "sources",
    [
        pytest.param(SOURCES[::4], id="some"),
        pytest.param([*{*SOURCES} - {*SOURCES[::4]}], id="others", marks=pytest.mark.slow),
    ],
)
def test_own_modules(tmp_path: Path, sources: list[Path]) -> None:
    for path in sources:
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        read = read_comments(source, tree)
        text = layout(tree.body, read, width=88)
        assert meaning(ast.parse(text)) == meaning(tree)
        assert comments(text) == Counter(comment.text for comment in read.all)
        Path(tmp_path, f"{path.parent.name}_{path.name}").write_text(text, encoding="utf-8")
    assert_unchanged(tmp_path, 88)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("x = 'a'", 'x = "a"'),
        ("x = 'say \"a\"'", "x = 'say \"a\"'"),
        ("x = 'it\\'s'", 'x = "it\'s"'),
        ("x = '\\\\d+'", 'x = r"\\d+"'),
        ("f'{d[\"a\"]}'", "f\"{d['a']}\""),
        ('f\'{d["a"]} "{x}"\'', 'f\'{d["a"]} "{x}"\''),
        ("x = a or b and c", "x = a or (b and c)"),
        ("x = -(a ** 2)", "x = -(a**2)"),
        ("x = a[i+1:]", "x = a[i + 1 :]"),
        ("x = 1e16", "x = 1e16"),
        ("a, b = b, a", "a, b = b, a"),
        ("return a, b", "return a, b"),
        ("def f(): ...", "def f(): ..."),
        ("'''A\n   B\n'''", '"""A\nB\n"""'),
    ],
)
def test_style(given: str, expected: str) -> None:
    assert layout(ast.parse(given).body) == expected + "\n"


def test_body_of_a_function() -> None:
    body = ast.parse("import os\nx = 1\nif x:\n  y = 2\ndef f():\n  return 1").body
    assert layout(body, indent=4) == (
        "    import os\n\n    x = 1\n    if x:\n        y = 2\n\n    def f():\n        return 1\n"
    )


def test_breaks_at_the_width() -> None:
    (node,) = ast.parse("total = first_thing + second_thing").body
    assert layout([node], width=34) == "total = first_thing + second_thing\n"
    assert layout([node], width=33) == "total = (\n    first_thing + second_thing\n)\n"


def test_exceptions_lose_their_parentheses_where_python_allows() -> None:
    body = ast.parse("try: x\nexcept (A, B): y").body
    assert "except (A, B):" in layout(body)
    assert "except A, B:" in layout(body, python=(3, 14))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("x = 1  # one", "x = 1  # one"),
        ("x = 1 #one", "x = 1  # one"),
        ("# above\n\nx = 1", "# above\nx = 1"),
        ("x = f(\n    a,  # first\n    b,\n)", "x = f(\n    a,  # first\n    b,\n)"),
        ("x = f(\n    a  # alone\n)", "x = f(\n    a  # alone\n)"),
        ("x = f(a)[  # why\n    0]", "# why\nx = f(a)[0]"),
        ("x = a if b else (  # no\n    c)", "# no\nx = a if b else c"),
        ("x = [i for i in y  # each\n     if i]", "# each\nx = [i for i in y if i]"),
        (f"x = 1  # {'long ' * 20}", f"# {('long ' * 20).strip()}\nx = 1"),
        ("x = 1; y = 2  # both", "x = 1\ny = 2  # both"),
        ("if x:\n    y  # one\n    # end", "if x:\n    y  # one\n    # end"),
    ],
)
def test_places_of_comments(given: str, expected: str) -> None:
    tree = ast.parse(given)
    assert layout(tree.body, read_comments(given, tree)) == expected + "\n"


def test_a_long_comment_leaves_its_line_alone(tmp_path: Path) -> None:
    """It goes above; a comment that is longer than a line stays whole."""
    given = f"values = [\n    f(a, b),  # {'why ' * 30}\n    2,  # two\n]"
    tree = ast.parse(given)
    text = layout(tree.body, read_comments(given, tree))
    comment = f"# {('why ' * 30).strip()}"
    assert text == f"values = [\n    {comment}\n    f(a, b),\n    2,  # two\n]\n"
    Path(tmp_path, "long.py").write_text(text, encoding="utf-8")
    assert_unchanged(tmp_path, 100)


def test_no_statement_no_text() -> None:
    assert layout([]) == ""
