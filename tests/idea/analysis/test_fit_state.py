"""Statements are parted in what is learned and what is applied, and give one row what all get."""

import ast
import copy
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from idea.analysis.fit_state import Learning
from idea.analysis.row_dependence import Kind, Kinds
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
    """The rendered repo's own `learned.py`, which holds no Jinja."""
    place = "{{cookiecutter.project_slug}}/src/{{cookiecutter.package_name}}/steps/learned.py"
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


# As written in notebooks => as rendered.
CASES = """
# what fills gaps
df["age"] = df["age"].fillna(df["age"].mean())
=>
df["age"] = df["age"].fillna(learn("age_mean", lambda: df["age"].mean()))

df["city"] = df["city"].fillna(df["city"].mode()[0])
=>
df["city"] = df["city"].fillna(learn("city_mode", lambda: df["city"].mode()[0]))

df[["age", "fare"]] = df[["age", "fare"]].fillna(df[["age", "fare"]].mean())
=>
df[["age", "fare"]] = df[["age", "fare"]].fillna(learn("mean", lambda: df[["age", "fare"]].mean()))

df = df.fillna(df.mean(numeric_only=True))
=>
df = df.fillna(learn("mean", lambda: df.mean(numeric_only=True)))

df = df.fillna({"age": df.age.mean(), "city": df.city.mode()[0]})
=>
df = df.fillna(learn("age_mean", lambda: {"age": df.age.mean(), "city": df.city.mode()[0]}))

# encoders
le = LabelEncoder()
df["sex"] = le.fit_transform(df["sex"])
=>
le = LabelEncoder()
le = learn("le", lambda: le.fit(df["sex"]))
df["sex"] = le.transform(df["sex"])

le = LabelEncoder()
df["sex"] = le.fit_transform(df["sex"])
df["day"] = le.fit_transform(df["day"])
=>
le = LabelEncoder()
le = learn("le", lambda: le.fit(df["sex"]))
df["sex"] = le.transform(df["sex"])
le = learn("le_2", lambda: clone(le).fit(df["day"]))
df["day"] = le.transform(df["day"])

le = LabelEncoder()
le.fit(df["sex"])
df["sex"] = le.transform(df["sex"])
le.fit(df["day"])
df["day"] = le.transform(df["day"])
=>
le = LabelEncoder()
le = learn("le", lambda: le.fit(df["sex"]))
df["sex"] = le.transform(df["sex"])
le = learn("le_2", lambda: clone(le).fit(df["day"]))
df["day"] = le.transform(df["day"])

for c in ["sex", "day"]:
    le = LabelEncoder()
    df[c] = le.fit_transform(df[c])
=>
for c in ["sex", "day"]:
    le = LabelEncoder()
    le = learn(f"{c}.le", lambda: le.fit(df[c]))
    df[c] = le.transform(df[c])

le = LabelEncoder()
for c in ["sex", "day"]:
    df[c] = le.fit_transform(df[c])
=>
le = LabelEncoder()
for c in ["sex", "day"]:
    le = learn(f"{c}.le", lambda: clone(le).fit(df[c]))
    df[c] = le.transform(df[c])

for c in ["sex", "day"]:
    df[c] = LabelEncoder().fit_transform(df[c])
=>
for c in ["sex", "day"]:
    df[c] = learn(f"{c}.label_encoder", lambda: LabelEncoder().fit(df[c])).transform(df[c])

df["sex"] = LabelEncoder().fit_transform(df["sex"])
=>
df["sex"] = learn("label_encoder", lambda: LabelEncoder().fit(df["sex"])).transform(df["sex"])

df["sex"] = LabelEncoder().fit(df["sex"]).transform(df["sex"])
=>
df["sex"] = learn("sex", lambda: LabelEncoder().fit(df["sex"])).transform(df["sex"])

df[["sex", "day"]] = df[["sex", "day"]].apply(LabelEncoder().fit_transform)
=>
df[["sex", "day"]] = df[["sex", "day"]].apply(
    lambda column: learn(
        f"{column.name}.label_encoder", lambda: LabelEncoder().fit(column)
    ).transform(column)
)

le = LabelEncoder()
df[["sex", "day"]] = df[["sex", "day"]].apply(le.fit_transform)
=>
le = LabelEncoder()
df[["sex", "day"]] = df[["sex", "day"]].apply(
    lambda column: learn(f"{column.name}.le", lambda: clone(le).fit(column)).transform(column)
)

le = LabelEncoder()
df[["sex", "day"]] = df[["sex", "day"]].apply(lambda c: le.fit_transform(c))
=>
le = LabelEncoder()
df[["sex", "day"]] = df[["sex", "day"]].apply(
    lambda c: learn(f"{c.name}.le", lambda: clone(le).fit(c)).transform(c)
)

cols = df.select_dtypes(include="object").columns
for c in cols:
    df[c] = LabelEncoder().fit_transform(df[c].astype(str))
=>
cols = learn("cols", lambda: df.select_dtypes(include="object").columns)
for c in cols:
    df[c] = learn(f"{c}.label_encoder", lambda: LabelEncoder().fit(df[c].astype(str))).transform(
        df[c].astype(str)
    )

encoders = {}
for c in ["sex", "day"]:
    encoders[c] = LabelEncoder()
    df[c] = encoders[c].fit_transform(df[c])
=>
encoders = {}
for c in ["sex", "day"]:
    encoders[c] = LabelEncoder()
    encoders[c] = learn(f"{c}.encoders", lambda: encoders[c].fit(df[c]))
    df[c] = encoders[c].transform(df[c])

encoders = {}
for c in ["sex", "day"]:
    le = LabelEncoder()
    df[c] = le.fit_transform(df[c])
    encoders[c] = le
=>
encoders = {}
for c in ["sex", "day"]:
    le = LabelEncoder()
    le = learn(f"{c}.le", lambda: le.fit(df[c]))
    df[c] = le.transform(df[c])
    encoders[c] = le

encoders = {c: LabelEncoder().fit(df[c]) for c in ["sex", "day"]}
for c in ["sex", "day"]:
    df[c] = encoders[c].transform(df[c])
=>
encoders = learn("encoders", lambda: {c: LabelEncoder().fit(df[c]) for c in ["sex", "day"]})
for c in ["sex", "day"]:
    df[c] = encoders[c].transform(df[c])

# dummies
df = pd.get_dummies(df)
=>
df = learn.get_dummies("dummies", df)

df = pd.get_dummies(df, columns=["city", "sex"], drop_first=True)
=>
df = learn.get_dummies("dummies", df, columns=["city", "sex"], drop_first=True)

d = pd.get_dummies(df["city"], prefix="city")
df = pd.concat([df, d], axis=1)
=>
d = learn.get_dummies("dummies", df["city"], prefix="city")
df = pd.concat([df, d], axis=1)

d = pd.get_dummies(df.sex, drop_first=True)
df = df.join(d)
=>
d = learn.get_dummies("dummies", df.sex, drop_first=True)
df = df.join(d)

d = pd.get_dummies(df[["city", "sex"]], dummy_na=True)
df = pd.concat([df.drop(["city", "sex"], axis=1), d], axis=1)
=>
d = learn.get_dummies("dummies", df[["city", "sex"]], dummy_na=True)
df = pd.concat([df.drop(["city", "sex"], axis=1), d], axis=1)

# groups
df["m"] = df.groupby("city")["age"].transform("mean")
=>
df["m"] = learn.by_group("age_by_city", df, "city", "age", "mean")

df["age"] = df.groupby("sex")["age"].transform(lambda x: x.fillna(x.median()))
=>
df["age"] = df["age"].fillna(learn.by_group("age_by_sex", df, "sex", "age", "median"))

df["age"] = df["age"].fillna(df.groupby("sex")["age"].transform("median"))
=>
df["age"] = df["age"].fillna(learn.by_group("age_by_sex", df, "sex", "age", "median"))

df["age"] = df["age"].fillna(df.groupby(["sex", "rooms"])["age"].transform("median"))
=>
df["age"] = df["age"].fillna(
    learn.by_group("age_by_sex_rooms", df, ["sex", "rooms"], "age", "median")
)

m = df.groupby("sex")["age"].mean()
df["m"] = df["sex"].map(m)
=>
m = learn("m", lambda: df.groupby("sex")["age"].mean())
df["m"] = df["sex"].map(m)

m = df.groupby("sex")["age"].mean().reset_index()
m.columns = ["sex", "m"]
df = df.merge(m, on="sex", how="left")
=>
m = learn("m", lambda: df.groupby("sex")["age"].mean().reset_index())
m.columns = ["sex", "m"]
df = df.merge(m, on="sex", how="left")

m = df.groupby("sex").agg({"age": "mean", "fare": "max"}).reset_index()
df = pd.merge(df, m, on="sex", how="left", suffixes=("", "_g"))
=>
m = learn("m", lambda: df.groupby("sex").agg({"age": "mean", "fare": "max"}).reset_index())
df = pd.merge(df, m, on="sex", how="left", suffixes=("", "_g"))

m = df.groupby("sex")["age"].mean().to_dict()
df["m"] = df["sex"].map(m)
=>
m = learn("m", lambda: df.groupby("sex")["age"].mean().to_dict())
df["m"] = df["sex"].map(m)

# bins
df["q"] = pd.qcut(df["price"] + df["fare"].fillna(0), 4)
df["q"] = df["q"].astype(str)
=>
df["q"] = learn.qcut("q", df["price"] + df["fare"].fillna(0), 4)
df["q"] = df["q"].astype(str)

df["q"] = pd.qcut(df["fare"], 4, labels=False)
=>
df["q"] = learn.qcut("q", df["fare"], 4, labels=False)

df["q"] = pd.cut(df["age"], 5, labels=False)
=>
df["q"] = learn.cut("q", df["age"], 5, labels=False)

df["q"] = pd.cut(df["age"], bins=5, labels=False)
=>
df["q"] = learn.cut("q", df["age"], bins=5, labels=False)

df["q"] = pd.cut(df["age"], [0, 20, 40, 100], labels=["a", "b", "c"])
=>
df["q"] = pd.cut(df["age"], [0, 20, 40, 100], labels=["a", "b", "c"])

# codes
df["city"] = pd.factorize(df["city"])[0]
=>
df["city"] = learn.factorize("codes", df["city"])[0]

df["city"], uniques = df["city"].factorize()
=>
df["city"], uniques = learn.factorize("city", df["city"])

df["city"] = df["city"].astype("category").cat.codes
=>
df["city"] = learn.category("city", df["city"]).cat.codes

df["city"] = df["city"].astype("category")
df["city"] = df["city"].cat.codes
=>
df["city"] = learn.category("city", df["city"])
df["city"] = df["city"].cat.codes

for c in ["city", "sex"]:
    df[c] = df[c].astype("category").cat.codes
=>
for c in ["city", "sex"]:
    df[c] = learn.category(f"{c}.category", df[c]).cat.codes

df["city"] = pd.Categorical(df["city"]).codes
=>
df["city"] = learn.category("city", pd.Series(df["city"])).array.codes

cat = ["city", "sex"]
df[cat] = df[cat].astype("category")
df["city"] = df["city"].cat.codes
=>
cat = ["city", "sex"]
df[cat] = learn.category("category", df[cat])
df["city"] = df["city"].cat.codes

df[["city", "sex"]] = df[["city", "sex"]].astype("category").apply(lambda x: x.cat.codes)
=>
df[["city", "sex"]] = learn.category("category", df[["city", "sex"]]).apply(lambda x: x.cat.codes)

df[["city", "sex"]] = df[["city", "sex"]].apply(lambda x: pd.factorize(x)[0])
=>
df[["city", "sex"]] = df[["city", "sex"]].apply(lambda x: learn.factorize(f"{x.name}.codes", x)[0])

# scalers
sc = StandardScaler()
sc.fit(df[["age", "fare"]])
X = sc.transform(df[["age", "fare"]])
X
=>
sc = StandardScaler()
sc = learn("sc", lambda: sc.fit(df[["age", "fare"]]))
X = sc.transform(df[["age", "fare"]])
X

X = StandardScaler().fit_transform(df[["age", "fare"]])
X
=>
X = learn("standard_scaler", lambda: StandardScaler().fit(df[["age", "fare"]])).transform(
    df[["age", "fare"]]
)
X

num = ["age", "fare"]
sc = MinMaxScaler()
df[num] = sc.fit_transform(df[num])
=>
num = ["age", "fare"]
sc = MinMaxScaler()
sc = learn("sc", lambda: sc.fit(df[num]))
df[num] = sc.transform(df[num])

num = ["age", "fare"]
df[num] = StandardScaler().fit(df[num]).transform(df[num])
=>
num = ["age", "fare"]
df[num] = learn("standard_scaler", lambda: StandardScaler().fit(df[num])).transform(df[num])

scaler = StandardScaler().fit(df[["age", "fare"]])
df[["age", "fare"]] = scaler.transform(df[["age", "fare"]])
=>
scaler = learn("scaler", lambda: StandardScaler().fit(df[["age", "fare"]]))
df[["age", "fare"]] = scaler.transform(df[["age", "fare"]])

scaler = StandardScaler()
df["age"] = scaler.fit_transform(df[["age"]])
df["fare"] = scaler.fit_transform(df["fare"].values.reshape(-1, 1))
=>
scaler = StandardScaler()
scaler = learn("scaler", lambda: scaler.fit(df[["age"]]))
df["age"] = scaler.transform(df[["age"]])
scaler = learn("scaler_2", lambda: clone(scaler).fit(df["fare"].values.reshape(-1, 1)))
df["fare"] = scaler.transform(df["fare"].values.reshape(-1, 1))

X = df[["age", "fare"]].fillna(0)
X = StandardScaler().fit_transform(X)
X = PCA(n_components=1).fit_transform(X)
X
=>
X = df[["age", "fare"]].fillna(0)
X = learn("standard_scaler", lambda: StandardScaler().fit(X)).transform(X)
X = learn("pca", lambda: PCA(n_components=1).fit(X)).transform(X)
X

X = df[["rooms", "price"]]
X = X.apply(zscore)
X
=>
X = df[["rooms", "price"]]
X = X.apply(
    lambda column: (
        (column - learn(f"{column.name}.mean", lambda: column.mean()))
        / learn(f"{column.name}.std", lambda: column.std(ddof=0))
    )
)
X

df["rooms"] = zscore(df["rooms"])
=>
df["rooms"] = (df["rooms"] - learn("rooms_mean", lambda: df["rooms"].mean())) / learn(
    "rooms_std", lambda: df["rooms"].std(ddof=0)
)

X = preprocessing.scale(df[["age", "fare"]])
X
=>
X = learn("standard_scaler", lambda: StandardScaler().fit(df[["age", "fare"]])).transform(
    df[["age", "fare"]]
)
X

df["age"] = preprocessing.scale(df["age"])
=>
df["age"] = learn("standard_scaler", lambda: StandardScaler().fit(df["age"].to_frame())).transform(
    df["age"].to_frame()
)[:, 0]

# counts
vc = df["city"].value_counts()
df["city"] = df["city"].apply(lambda x: x if x in vc[vc > 13].index else "other")
=>
vc = learn("vc", lambda: df["city"].value_counts())
df["city"] = df["city"].apply(lambda x: x if x in vc[vc > 13].index else "other")

df["city"] = df["city"].apply(lambda x: "other" if df["city"].value_counts().get(x, 0) < 13 else x)
=>
df["city"] = df["city"].apply(
    lambda x: (
        "other"
        if learn("city_value_counts", lambda: df["city"].value_counts()).get(x, 0) < 13
        else x
    )
)

counts = df["city"].value_counts()
rare = counts[counts < 13].index
df["city"] = df["city"].replace(rare, "other")
=>
counts = learn("counts", lambda: df["city"].value_counts())
rare = counts[counts < 13].index
df["city"] = df["city"].replace(rare, "other")

rare = df["city"].value_counts()[lambda s: s < 13].index
df.loc[df["city"].isin(rare), "city"] = "other"
=>
rare = learn("rare", lambda: df["city"].value_counts()[lambda s: s < 13].index)
df.loc[df["city"].isin(rare), "city"] = "other"

df["n"] = df["city"].map(df["city"].value_counts())
=>
df["n"] = df["city"].map(learn("city_value_counts", lambda: df["city"].value_counts()))

top = df["city"].value_counts().head(2).index.tolist()
for c in top:
    df["is_" + c] = (df["city"] == c).astype(int)
=>
top = learn("top", lambda: df["city"].value_counts().head(2).index.tolist())
for c in top:
    df["is_" + c] = (df["city"] == c).astype(int)

# choosing columns
drop = df.columns[df.isnull().mean() > 0.12]
df = df.drop(columns=drop)
=>
drop = learn("drop", lambda: df.columns[df.isnull().mean() > 0.12])
df = df.drop(columns=drop)

df = df.loc[:, df.isnull().mean() < 0.12]
=>
df = df.loc[:, learn("mean", lambda: df.isnull().mean() < 0.12)]

df = df[df.columns[df.isnull().mean() < 0.12]]
=>
df = df[learn("mean", lambda: df.columns[df.isnull().mean() < 0.12])]

df.dropna(axis=1, inplace=True)
=>
df = df[learn("complete_columns", lambda: list(df.dropna(axis=1).columns))]

df = df.loc[:, df.nunique() > 2]
=>
df = df.loc[:, learn("nunique", lambda: df.nunique() > 2)]

num = df.select_dtypes(include=np.number).columns
df[num] = df[num].fillna(df[num].mean())
=>
num = learn("num", lambda: df.select_dtypes(include=np.number).columns)
df[num] = df[num].fillna(learn("mean", lambda: df[num].mean()))

num = [c for c in df.columns if df[c].dtype != "object"]
df[num] = df[num].fillna(df[num].median())
=>
num = learn("num", lambda: [c for c in df.columns if df[c].dtype != "object"])
df[num] = df[num].fillna(learn("median", lambda: df[num].median()))

cats = [c for c in df.columns if df[c].dtype == "O"]
df = df.drop(columns=cats)
=>
cats = learn("cats", lambda: [c for c in df.columns if df[c].dtype == "O"])
df = df.drop(columns=cats)

cats = [c for c in df.columns if df[c].nunique() < 6]
df = df[cats]
=>
cats = learn("cats", lambda: [c for c in df.columns if df[c].nunique() < 6])
df = df[cats]

obj = df.dtypes[df.dtypes == "object"].index
df[obj] = df[obj].fillna("none")
=>
obj = learn("obj", lambda: df.dtypes[df.dtypes == "object"].index)
df[obj] = df[obj].fillna("none")

# loops and conditions
for c in df.columns:
    if df[c].dtype == "object":
        df[c] = df[c].fillna(df[c].mode()[0])
    else:
        df[c] = df[c].fillna(df[c].median())
=>
for c in df.columns:
    if df[c].dtype == "object":
        df[c] = df[c].fillna(learn(f"{c}.mode", lambda: df[c].mode()[0]))
    else:
        df[c] = df[c].fillna(learn(f"{c}.median", lambda: df[c].median()))

for c in df.columns:
    if df[c].isnull().sum() > 0:
        df[c + "_was"] = df[c].isnull().astype(int)
=>
for c in df.columns:
    if learn(f"{c}.sum", lambda: df[c].isnull().sum() > 0):
        df[c + "_was"] = df[c].isnull().astype(int)

if df["age"].isnull().any():
    df["age"] = df["age"].fillna(df["age"].mean())
=>
if learn("age_any", lambda: df["age"].isnull().any()):
    df["age"] = df["age"].fillna(learn("age_mean", lambda: df["age"].mean()))

try:
    df["age"] = df["age"].fillna(df["age"].mean())
except KeyError:
    pass
=>
try:
    df["age"] = df["age"].fillna(learn("age_mean", lambda: df["age"].mean()))
except KeyError:
    pass

# correlation and selection
num = df.select_dtypes("number")
corr = num.corr().abs()
upper = corr.where(np.triu(np.ones(corr.shape), k=1).astype(bool))
to_drop = [c for c in upper.columns if any(upper[c] > 0.1)]
df = df.drop(to_drop, axis=1)
=>
num = df.select_dtypes("number")
corr = learn("corr", lambda: num.corr().abs())
upper = corr.where(np.triu(np.ones(corr.shape), k=1).astype(bool))
to_drop = [c for c in upper.columns if any(upper[c] > 0.1)]
df = df.drop(to_drop, axis=1)

corr = df[["age", "fare", "rooms"]].corr()
drop = set()
for i in range(len(corr.columns)):
    for j in range(i):
        if abs(corr.iloc[i, j]) > 0.05:
            drop.add(corr.columns[i])
df = df.drop(columns=drop)
=>
corr = learn("corr", lambda: df[["age", "fare", "rooms"]].corr())
drop = set()
for i in range(len(corr.columns)):
    for j in range(i):
        if abs(corr.iloc[i, j]) > 0.05:
            drop.add(corr.columns[i])
df = df.drop(columns=drop)

X = df[["rooms", "fare"]].fillna(0)
sel = SelectKBest(f_classif, k=1)
X = sel.fit_transform(X, y)
X
=>
X = df[["rooms", "fare"]].fillna(0)
sel = SelectKBest(f_classif, k=1)
sel = learn("sel", lambda: sel.fit(X, y))
X = sel.transform(X)
X

X = df[["rooms", "fare"]].fillna(0)
sel = SelectKBest(f_classif, k=1).fit(X, y)
X = X[X.columns[sel.get_support()]]
X
=>
X = df[["rooms", "fare"]].fillna(0)
sel = learn("sel", lambda: SelectKBest(f_classif, k=1).fit(X, y))
X = X[X.columns[sel.get_support()]]
X

# imputers
imp = KNNImputer(n_neighbors=2)
df[["age", "fare"]] = imp.fit_transform(df[["age", "fare"]])
=>
imp = KNNImputer(n_neighbors=2)
imp = learn("imp", lambda: imp.fit(df[["age", "fare"]]))
df[["age", "fare"]] = imp.transform(df[["age", "fare"]])

num = df.select_dtypes("number")
num = pd.DataFrame(KNNImputer().fit_transform(num), columns=num.columns, index=num.index)
df[num.columns] = num
=>
num = df.select_dtypes("number")
num = pd.DataFrame(
    learn("knnimputer", lambda: KNNImputer().fit(num)).transform(num),
    columns=num.columns,
    index=num.index,
)
df[num.columns] = num

imp = SimpleImputer(strategy="most_frequent")
df["city"] = imp.fit_transform(df["city"].values.reshape(-1, 1))[:, 0]
=>
imp = SimpleImputer(strategy="most_frequent")
imp = learn("imp", lambda: imp.fit(df["city"].values.reshape(-1, 1)))
df["city"] = imp.transform(df["city"].values.reshape(-1, 1))[:, 0]

# thresholds
df["old"] = np.where(df.age > df.age.median(), 1, 0)
=>
df["old"] = np.where(df.age > learn("age_median", lambda: df.age.median()), 1, 0)

df["fare"] = df["fare"].clip(df["fare"].quantile(0.05), df["fare"].quantile(0.95))
=>
df["fare"] = df["fare"].clip(
    learn("fare_quantile", lambda: df["fare"].quantile(0.05)),
    learn("fare_quantile_2", lambda: df["fare"].quantile(0.95)),
)

q1, q3 = df["fare"].quantile([0.25, 0.75])
iqr = q3 - q1
df["fare"] = np.where(df.fare > q3 + 1.5 * iqr, q3 + 1.5 * iqr, df.fare)
=>
q1, q3 = learn("fare_quantile", lambda: df["fare"].quantile([0.25, 0.75]))
iqr = q3 - q1
df["fare"] = np.where(df.fare > q3 + 1.5 * iqr, q3 + 1.5 * iqr, df.fare)

q1 = df["fare"].quantile(0.25)
q3 = df["fare"].quantile(0.75)
df.loc[df.fare > q3 + 1.5 * (q3 - q1), "fare"] = q3
=>
q1 = learn("q1", lambda: df["fare"].quantile(0.25))
q3 = learn("q3", lambda: df["fare"].quantile(0.75))
df.loc[df.fare > q3 + 1.5 * (q3 - q1), "fare"] = q3

lo, hi = np.percentile(df["rooms"], [10, 90])
df["rooms"] = np.clip(df["rooms"], lo, hi)
=>
lo, hi = learn("rooms_percentile", lambda: np.percentile(df["rooms"], [10, 90]))
df["rooms"] = np.clip(df["rooms"], lo, hi)

# scaled by hand
X = df[["age", "fare"]]
X = (X - X.mean()) / X.std()
X
=>
X = df[["age", "fare"]]
X = (X - learn("mean", lambda: X.mean())) / learn("std", lambda: X.std())
X

df["age"] = (df["age"] - df["age"].min()) / (df["age"].max() - df["age"].min())
=>
df["age"] = (df["age"] - learn("age_min", lambda: df["age"].min())) / learn(
    "age_max", lambda: df["age"].max() - df["age"].min()
)

for c in ["age", "fare"]:
    df[c] = (df[c] - df[c].mean()) / df[c].std()
=>
for c in ["age", "fare"]:
    df[c] = (df[c] - learn(f"{c}.mean", lambda: df[c].mean())) / learn(
        f"{c}.std", lambda: df[c].std()
    )

df[["age", "fare"]] = df[["age", "fare"]].apply(lambda x: (x - x.min()) / (x.max() - x.min()))
=>
df[["age", "fare"]] = df[["age", "fare"]].apply(
    lambda x: (
        (x - learn(f"{x.name}.min", lambda: x.min()))
        / learn(f"{x.name}.max", lambda: x.max() - x.min())
    )
)

df[["age", "fare"]] = df[["age", "fare"]].apply(lambda x: x.fillna(x.mean()), axis=0)
=>
df[["age", "fare"]] = df[["age", "fare"]].apply(
    lambda x: x.fillna(learn(f"{x.name}.mean", lambda: x.mean())), axis=0
)

# along the row
df["z"] = df[["rooms", "price"]].mean(axis=1)
=>
df["z"] = df[["rooms", "price"]].mean(axis=1)

# the target by group
te = y.groupby(df["city"]).mean()
df["te"] = df["city"].map(te)
=>
te = learn("te", lambda: y.groupby(df["city"]).mean())
df["te"] = df["city"].map(te)

te = y.groupby(df["city"]).mean()
df["te"] = df["city"].map(te).fillna(y.mean())
=>
te = learn("te", lambda: y.groupby(df["city"]).mean())
df["te"] = df["city"].map(te).fillna(learn("mean", lambda: y.mean()))

d = pd.concat([df["city"], y], axis=1)
te = d.groupby("city")["price"].mean()
df["te"] = df["city"].map(te)
=>
d = pd.concat([df["city"], y], axis=1)
te = learn("te", lambda: d.groupby("city")["price"].mean())
df["te"] = df["city"].map(te)

df["te"] = df.assign(t=y).groupby("city")["t"].transform("mean")
=>
df["te"] = learn.by_group("t_by_city", df.assign(t=y), "city", "t", "mean")

df["c"] = df.apply(lambda r: r["rooms"] * 2 if r["sex"] == "m" else r["rooms"], axis=1)
=>
df["c"] = df.apply(lambda r: r["rooms"] * 2 if r["sex"] == "m" else r["rooms"], axis=1)

df["c"] = df.apply(lambda r: df["age"].mean() if pd.isnull(r["age"]) else r["age"], axis=1)
=>
df["c"] = df.apply(
    lambda r: learn("age_mean", lambda: df["age"].mean()) if pd.isnull(r["age"]) else r["age"],
    axis=1,
)

m = df.groupby("sex")["age"].mean()
df["age"] = df.apply(lambda r: m[r["sex"]] if np.isnan(r["age"]) else r["age"], axis=1)
=>
m = learn("m", lambda: df.groupby("sex")["age"].mean())
df["age"] = df.apply(lambda r: m[r["sex"]] if np.isnan(r["age"]) else r["age"], axis=1)

# texts and dicts
v = TfidfVectorizer()
X = v.fit_transform(df["text"])
X
=>
v = TfidfVectorizer()
v = learn("v", lambda: v.fit(df["text"]))
X = v.transform(df["text"])
X

X = TfidfVectorizer().fit_transform(df.text)
X
=>
X = learn("tfidf_vectorizer", lambda: TfidfVectorizer().fit(df.text)).transform(df.text)
X

v = DictVectorizer(sparse=False)
X = v.fit_transform(df[["sex", "rooms"]].to_dict(orient="records"))
X
=>
v = DictVectorizer(sparse=False)
v = learn("v", lambda: v.fit(df[["sex", "rooms"]].to_dict(orient="records")))
X = v.transform(df[["sex", "rooms"]].to_dict(orient="records"))
X

X = OneHotEncoder().fit_transform(df[["sex"]]).toarray()
X
=>
X = (
    learn("one_hot_encoder", lambda: OneHotEncoder().fit(df[["sex"]]))
    .transform(df[["sex"]])
    .toarray()
)
X

ohe = OneHotEncoder(sparse_output=False)
e = pd.DataFrame(ohe.fit_transform(df[["sex", "day"]]), columns=ohe.get_feature_names_out())
df = pd.concat([df.drop(columns=["sex", "day"]), e], axis=1)
=>
ohe = OneHotEncoder(sparse_output=False)
ohe = learn("ohe", lambda: ohe.fit(df[["sex", "day"]]))
e = pd.DataFrame(ohe.transform(df[["sex", "day"]]), columns=ohe.get_feature_names_out())
df = pd.concat([df.drop(columns=["sex", "day"]), e], axis=1)

ohe = OneHotEncoder(sparse_output=False)
ohe.fit(df[["sex"]])
names = ohe.get_feature_names_out(["sex"])
df[names] = ohe.transform(df[["sex"]])
=>
ohe = OneHotEncoder(sparse_output=False)
ohe = learn("ohe", lambda: ohe.fit(df[["sex"]]))
names = ohe.get_feature_names_out(["sex"])
df[names] = ohe.transform(df[["sex"]])

df[["sex", "day"]] = OrdinalEncoder().fit_transform(df[["sex", "day"]])
=>
df[["sex", "day"]] = learn(
    "ordinal_encoder", lambda: OrdinalEncoder().fit(df[["sex", "day"]])
).transform(df[["sex", "day"]])

ct = ColumnTransformer([("n", StandardScaler(), ["age", "fare"]), ("c", OneHotEncoder(), ["sex"])])
X = ct.fit_transform(df)
X
=>
ct = ColumnTransformer([("n", StandardScaler(), ["age", "fare"]), ("c", OneHotEncoder(), ["sex"])])
ct = learn("ct", lambda: ct.fit(df))
X = ct.transform(df)
X

p = make_pipeline(SimpleImputer(), StandardScaler())
X = p.fit_transform(df[["age", "fare"]])
X
=>
p = make_pipeline(SimpleImputer(), StandardScaler())
p = learn("p", lambda: p.fit(df[["age", "fare"]]))
X = p.transform(df[["age", "fare"]])
X

X = np.hstack(
    [
        StandardScaler().fit_transform(df[["age"]]),
        OneHotEncoder(sparse_output=False).fit_transform(df[["sex"]]),
    ]
)
X
=>
X = np.hstack(
    [
        learn("standard_scaler", lambda: StandardScaler().fit(df[["age"]])).transform(df[["age"]]),
        learn(
            "one_hot_encoder", lambda: OneHotEncoder(sparse_output=False).fit(df[["sex"]])
        ).transform(df[["sex"]]),
    ]
)
X

a = pd.concat([df[["age"]], pd.get_dummies(df["sex"]), df["fare"].fillna(df.fare.mean())], axis=1)
a
=>
a = pd.concat(
    [
        df[["age"]],
        learn.get_dummies("dummies", df["sex"]),
        df["fare"].fillna(learn("fare_mean", lambda: df.fare.mean())),
    ],
    axis=1,
)
a

# kept in lists and dicts
medians = {c: df[c].median() for c in ["age", "fare"]}
df = df.fillna(medians)
=>
medians = learn("medians", lambda: {c: df[c].median() for c in ["age", "fare"]})
df = df.fillna(medians)

medians = {}
for c in ["age", "fare"]:
    medians[c] = df[c].median()
df = df.fillna(value=medians)
=>
medians = {}
for c in ["age", "fare"]:
    medians[c] = learn(f"{c}.median", lambda: df[c].median())
df = df.fillna(value=medians)

values = []
for c in ["age", "fare"]:
    values.append(df[c].mean())
df["age"] = df["age"].fillna(values[0])
=>
values = []
for c in ["age", "fare"]:
    values.append(learn(f"{c}.mean", lambda: df[c].mean()))
df["age"] = df["age"].fillna(values[0])

# chains
df = df.assign(age=lambda d: d.age.fillna(d.age.median()))
=>
df = df.assign(age=lambda d: d.age.fillna(learn("age_median", lambda: d.age.median())))

df = df.assign(age=df.age.fillna(df.age.median()), fare=lambda d: d["fare"] / d["fare"].max())
=>
df = df.assign(
    age=df.age.fillna(learn("age_median", lambda: df.age.median())),
    fare=lambda d: d["fare"] / learn("fare_max", lambda: d["fare"].max()),
)

df = df.pipe(lambda d: d.fillna({"age": d["age"].mean()}))
=>
df = df.pipe(lambda d: d.fillna(learn("age_mean", lambda: {"age": d["age"].mean()})))

df.loc[df["age"].isnull(), "age"] = df["age"].mean()
=>
df.loc[df["age"].isnull(), "age"] = learn("age_mean", lambda: df["age"].mean())

df.loc[df.age.isnull() & (df.sex == "m"), "age"] = df[df.sex == "m"].age.mean()
=>
df.loc[df.age.isnull() & (df.sex == "m"), "age"] = learn(
    "sex_mean", lambda: df[df.sex == "m"].age.mean()
)

for s in ["m", "f"]:
    df.loc[df.age.isnull() & (df.sex == s), "age"] = df[df.sex == s]["age"].median()
=>
for s in ["m", "f"]:
    df.loc[df.age.isnull() & (df.sex == s), "age"] = learn(
        f"{s}.age_median", lambda: df[df.sex == s]["age"].median()
    )

for s in df["sex"].unique():
    df.loc[df.age.isnull() & (df.sex == s), "age"] = df[df.sex == s]["age"].median()
=>
for s in learn("ss", lambda: df["sex"].unique()):
    df.loc[df.age.isnull() & (df.sex == s), "age"] = learn(
        f"{s}.age_median", lambda: df[df.sex == s]["age"].median()
    )

for i in range(0, 2):
    for j in range(0, 3):
        guess = df[(df.price == i) & (df.rooms == j + 1)]["age"].dropna().median()
        df.loc[df.age.isnull() & (df.price == i) & (df.rooms == j + 1), "age"] = guess
=>
for i in range(0, 2):
    for j in range(0, 3):
        guess = learn(
            f"{i}.{j}.guess",
            lambda: df[(df.price == i) & (df.rooms == j + 1)]["age"].dropna().median(),
        )
        df.loc[df.age.isnull() & (df.price == i) & (df.rooms == j + 1), "age"] = guess

codes = {v: i for i, v in enumerate(df["sex"].unique())}
df["sex"] = df["sex"].map(codes)
=>
codes = learn("codes", lambda: {v: i for i, v in enumerate(df["sex"].unique())})
df["sex"] = df["sex"].map(codes)

codes = dict(zip(df["sex"].unique(), range(2)))
df["sex"] = df["sex"].replace(codes)
=>
codes = learn("codes", lambda: dict(zip(df["sex"].unique(), range(2))))
df["sex"] = df["sex"].replace(codes)

df["fare"] /= df["fare"].max()
=>
df["fare"] /= learn("fare", lambda: df["fare"].max())

df["day"] = pd.to_datetime(df["day"])
df["days"] = (df["day"] - df["day"].min()).dt.days
df = df.drop(columns="day")
=>
df["day"] = pd.to_datetime(df["day"])
df["days"] = (df["day"] - learn("day_min", lambda: df["day"].min())).dt.days
df = df.drop(columns="day")

df["k"] = KMeans(2, n_init=1, random_state=0).fit_predict(df[["rooms", "price"]])
=>
df["k"] = learn(
    "kmeans", lambda: KMeans(2, n_init=1, random_state=0).fit(df[["rooms", "price"]])
).predict(df[["rooms", "price"]])

df["n"] = df.groupby("city")["city"].transform("count")
=>
df["n"] = learn.by_group("city_by_city", df, "city", "city", "count")

df["n"] = df.groupby("sex")["age"].transform(lambda x: (x - x.mean()) / x.std())
=>
df["n"] = (df["age"] - learn.by_group("age_by_sex", df, "sex", "age", "mean")) / learn.by_group(
    "age_by_sex_2", df, "sex", "age", "std"
)

df["n"] = df.age / df.groupby("sex").age.transform(np.mean)
=>
df["n"] = df.age / learn.by_group("age_by_sex", df, "sex", "age", np.mean)

df[["a", "f"]] = df.groupby("sex")[["age", "fare"]].transform("mean")
=>
df[["a", "f"]] = learn.by_group("groups_by_sex", df, "sex", ["age", "fare"], "mean")

mask = df["age"].isnull()
df.loc[mask, "age"] = df.loc[~mask, "age"].mean()
=>
mask = df["age"].isnull()
df.loc[mask, "age"] = learn("loc_mean", lambda: df.loc[~mask, "age"].mean())

d = df["text"].str.get_dummies(sep=" ")
df = df.join(d)
=>
d = (
    df["text"]
    .str.get_dummies(sep=" ")
    .reindex(
        columns=learn("dummies", lambda: list(df["text"].str.get_dummies(sep=" ").columns)),
        fill_value=0,
    )
)
df = df.join(d)

df = df.drop(columns=[c for c in df.columns if df[c].isnull().sum() > 3])
=>
df = df.drop(columns=learn("sum", lambda: [c for c in df.columns if df[c].isnull().sum() > 3]))

skewed = df[["age", "fare"]].apply(lambda x: x.skew())
skewed = skewed[skewed > 0.7].index
df[skewed] = np.log1p(df[skewed])
=>
skewed = df[["age", "fare"]].apply(lambda x: learn(f"{x.name}.skew", lambda: x.skew()))
skewed = skewed[skewed > 0.7].index
df[skewed] = np.log1p(df[skewed])

bins = np.linspace(df["fare"].min(), df["fare"].max(), 4)
df["b"] = np.digitize(df["fare"], bins)
=>
bins = learn("bins", lambda: np.linspace(df["fare"].min(), df["fare"].max(), 4))
df["b"] = np.digitize(df["fare"], bins)

df["b"] = pd.cut(
    df["fare"], bins=[df.fare.min() - 1, df.fare.median(), df.fare.max()], labels=[0, 1]
)
=>
df["b"] = pd.cut(
    df["fare"],
    bins=learn("fare_median", lambda: [df.fare.min() - 1, df.fare.median(), df.fare.max()]),
    labels=[0, 1],
)

dummies = [pd.get_dummies(df[c], prefix=c) for c in ["sex", "city"]]
df = pd.concat([df, *dummies], axis=1)
=>
dummies = [learn.get_dummies(f"{c}.dummies", df[c], prefix=c) for c in ["sex", "city"]]
df = pd.concat([df, *dummies], axis=1)

for c in ["sex", "city"]:
    d = pd.get_dummies(df[c], prefix=c, drop_first=True)
    df = pd.concat([df, d], axis=1)
    df = df.drop(c, axis=1)
=>
for c in ["sex", "city"]:
    d = learn.get_dummies(f"{c}.dummies", df[c], prefix=c, drop_first=True)
    df = pd.concat([df, d], axis=1)
    df = df.drop(c, axis=1)

# arrays
X = df[["age", "fare", "rooms"]].values
imp = SimpleImputer()
imp.fit(X[:, 0:2])
X[:, 0:2] = imp.transform(X[:, 0:2])
X
=>
X = df[["age", "fare", "rooms"]].values
imp = SimpleImputer()
imp = learn("imp", lambda: imp.fit(X[:, 0:2]))
X[:, 0:2] = imp.transform(X[:, 0:2])
X

X = df[["sex", "rooms"]].values
le = LabelEncoder()
X[:, 0] = le.fit_transform(X[:, 0])
X = X.astype(float)
X
=>
X = df[["sex", "rooms"]].values
le = LabelEncoder()
le = learn("le", lambda: le.fit(X[:, 0]))
X[:, 0] = le.transform(X[:, 0])
X = X.astype(float)
X

X = df[["sex", "rooms"]].iloc[:, :].values
ct = ColumnTransformer([("e", OneHotEncoder(), [0])], remainder="passthrough")
X = np.array(ct.fit_transform(X))
X
=>
X = df[["sex", "rooms"]].iloc[:, :].values
ct = ColumnTransformer([("e", OneHotEncoder(), [0])], remainder="passthrough")
ct = learn("ct", lambda: ct.fit(X))
X = np.array(ct.transform(X))
X

# given by name
df = pd.get_dummies(data=df, columns=["city"])
=>
df = learn.get_dummies("dummies", df, columns=["city"])

n = 4
df["q"] = pd.cut(df.age, n, labels=False)
=>
n = 4
df["q"] = learn.cut("q", df.age, n, labels=False)

bins = [0, 20, 50, 120]
df["q"] = pd.cut(df.age, bins=bins, labels=False)
=>
bins = [0, 20, 50, 120]
df["q"] = pd.cut(df.age, bins=bins, labels=False)

df["q"] = pd.cut(x=df["age"], bins=3, labels=["a", "b", "c"], right=False)
=>
df["q"] = learn.cut("q", df["age"], bins=3, labels=["a", "b", "c"], right=False)

df["m"] = df[["age", "fare"]].max(1)
=>
df["m"] = df[["age", "fare"]].max(1)

df["m"] = np.max(df[["rooms", "price"]].values, 1)
=>
df["m"] = np.max(df[["rooms", "price"]].values, 1)

df = df.astype({"sex": "category"})
df["sex"] = df["sex"].cat.codes
=>
df = learn.category("categories", df, ["sex"])
df["sex"] = df["sex"].cat.codes

df = df.astype({"sex": "category", "rooms": "float", "city": "category"})
df["sex"] = df["sex"].cat.codes
df["city"] = df.city.cat.codes
=>
df = learn.category("categories", df, ["sex", "city"]).astype({"rooms": "float"})
df["sex"] = df["sex"].cat.codes
df["city"] = df.city.cat.codes

df[df.select_dtypes(["object"]).columns] = df.select_dtypes(["object"]).apply(
    lambda x: x.astype("category").cat.codes
)
=>
df[learn("rows", lambda: df.select_dtypes(["object"]).columns)] = df.select_dtypes(
    ["object"]
).apply(lambda x: learn.category(f"{x.name}.category", x).cat.codes)

df = df.apply(lambda x: x.fillna(x.mode()[0]))
=>
df = df.apply(lambda x: x.fillna(learn(f"{x.name}.mode", lambda: x.mode()[0])))

cols = sorted(["age", "city", "sex"], key=lambda c: df[c].isnull().sum())
df["first"] = df[cols[0]]
=>
cols = learn("cols", lambda: sorted(["age", "city", "sex"], key=lambda c: df[c].isnull().sum()))
df["first"] = df[cols[0]]

cols = list(filter(lambda c: df[c].nunique() < 4, df.columns))
df = df[cols]
=>
cols = learn("cols", lambda: list(filter(lambda c: df[c].nunique() < 4, df.columns)))
df = df[cols]

counts = df["city"].value_counts()
freq = counts / len(df)
df["f"] = df.city.map(freq)
=>
counts = learn("counts", lambda: df["city"].value_counts())
freq = learn("freq", lambda: counts / len(df))
df["f"] = df.city.map(freq)

df["f"] = df["fare"] / df.shape[0]
=>
df["f"] = df["fare"] / learn("rows", lambda: df.shape[0])

df["n"] = df.groupby(["city", "sex"])["age"].transform(lambda x: x.max() - x.min())
=>
df["n"] = learn.by_group("age_by_city_sex", df, ["city", "sex"], "age", lambda x: x.max() - x.min())

df["n"] = df["age"].groupby(df["sex"]).transform("median")
=>
df["n"] = learn.by_group("age_by_df_sex", df["age"], df["sex"], None, "median")

df["n"] = df["age"].groupby([df["sex"], df["rooms"]]).transform("mean")
=>
df["n"] = learn.by_group(
    "age_by_df_sex_df_rooms", df["age"], [df["sex"], df["rooms"]], None, "mean"
)

df["age"] = df.groupby("sex", group_keys=False)["age"].apply(lambda x: x.fillna(x.mean()))
=>
df["age"] = df["age"].fillna(learn.by_group("age_by_sex", df, "sex", "age", "mean"))

df["city"] = df.groupby("sex")["city"].transform(lambda x: x.fillna(x.mode()[0]))
=>
df["city"] = df["city"].fillna(
    learn.by_group("city_by_sex", df, "sex", "city", lambda x: x.mode()[0])
)

a, b = df["age"].mean(), df["age"].std()
df["age"] = (df["age"] - a) / b
=>
a, b = learn("age_mean", lambda: (df["age"].mean(), df["age"].std()))
df["age"] = (df["age"] - a) / b

mean, std = df["age"].agg(["mean", "std"])
df["age"] = (df["age"] - mean) / std
=>
mean, std = learn("age_agg", lambda: df["age"].agg(["mean", "std"]))
df["age"] = (df["age"] - mean) / std

df["age"] = df["age"].apply(lambda x: df["age"].median() if np.isnan(x) else x)
=>
df["age"] = df["age"].apply(
    lambda x: learn("age_median", lambda: df["age"].median()) if np.isnan(x) else x
)

df["city"] = df["city"].apply(lambda x: x if x in df["city"].value_counts().index[:2] else "other")
=>
df["city"] = df["city"].apply(
    lambda x: (
        x
        if x in learn("city_value_counts", lambda: df["city"].value_counts().index[:2])
        else "other"
    )
)

df["city"] = [x if x in df.city.value_counts().index[:2] else "other" for x in df["city"]]
=>
df["city"] = [
    x if x in learn("city_value_counts", lambda: df.city.value_counts().index[:2]) else "other"
    for x in df["city"]
]

df["n"] = [df["city"].value_counts().get(x, 0) for x in df.city]
=>
df["n"] = [learn("city_value_counts", lambda: df["city"].value_counts()).get(x, 0) for x in df.city]

col = df["text"]
df["w"] = col.apply(lambda t: max(len(w) for w in t.split()))
=>
col = df["text"]
df["w"] = col.apply(lambda t: max(len(w) for w in t.split()))

X = df[["age", "fare"]].copy()
for name in X.columns:
    upper = X[name].quantile(0.9)
    X.loc[X[name] > upper, name] = upper
X
=>
X = df[["age", "fare"]].copy()
for name in X.columns:
    upper = learn(f"{name}.upper", lambda: X[name].quantile(0.9))
    X.loc[X[name] > upper, name] = upper
X

pipe = Pipeline([("i", SimpleImputer()), ("s", StandardScaler())])
num = df.select_dtypes("number")
X = pd.DataFrame(pipe.fit_transform(num), columns=num.columns)
X
=>
pipe = Pipeline([("i", SimpleImputer()), ("s", StandardScaler())])
num = df.select_dtypes("number")
pipe = learn("pipe", lambda: pipe.fit(num))
X = pd.DataFrame(pipe.transform(num), columns=num.columns)
X

pca = PCA(1)
sc = StandardScaler()
X = pca.fit_transform(sc.fit_transform(df[["rooms", "price"]]))
X
=>
pca = PCA(1)
sc = StandardScaler()
sc = learn("sc", lambda: sc.fit(df[["rooms", "price"]]))
pca = learn("pca", lambda: pca.fit(sc.transform(df[["rooms", "price"]])))
X = pca.transform(sc.transform(df[["rooms", "price"]]))
X

sc = StandardScaler()
pca = PCA(1)
pca.fit(sc.fit_transform(df[["rooms", "price"]]))
X = pca.transform(sc.transform(df[["rooms", "price"]]))
X
=>
sc = StandardScaler()
pca = PCA(1)
sc = learn("sc", lambda: sc.fit(df[["rooms", "price"]]))
pca = learn("pca", lambda: pca.fit(sc.transform(df[["rooms", "price"]])))
X = pca.transform(sc.transform(df[["rooms", "price"]]))
X

sc = MinMaxScaler()
for c in ["age", "fare"]:
    df[c] = sc.fit_transform(df[c].values.reshape(-1, 1))
df["rooms"] = sc.fit_transform(df[["rooms"]])
=>
sc = MinMaxScaler()
for c in ["age", "fare"]:
    sc = learn(f"{c}.sc", lambda: clone(sc).fit(df[c].values.reshape(-1, 1)))
    df[c] = sc.transform(df[c].values.reshape(-1, 1))
sc = learn("sc_2", lambda: clone(sc).fit(df[["rooms"]]))
df["rooms"] = sc.transform(df[["rooms"]])

enc = OneHotEncoder(handle_unknown="ignore")
enc.fit(df[["sex"]])
a = enc.transform(df[["sex"]]).toarray()
enc.fit(df[["rooms"]])
b = enc.transform(df[["rooms"]]).toarray()
X = np.hstack([a, b])
X
=>
enc = OneHotEncoder(handle_unknown="ignore")
enc = learn("enc", lambda: enc.fit(df[["sex"]]))
a = enc.transform(df[["sex"]]).toarray()
enc = learn("enc_2", lambda: clone(enc).fit(df[["rooms"]]))
b = enc.transform(df[["rooms"]]).toarray()
X = np.hstack([a, b])
X

imputers = {"age": SimpleImputer(), "fare": SimpleImputer(strategy="median")}
for c in imputers:
    df[c] = imputers[c].fit_transform(df[[c]])[:, 0]
=>
imputers = {"age": SimpleImputer(), "fare": SimpleImputer(strategy="median")}
for c in imputers:
    imputers[c] = learn(f"{c}.imputers", lambda: clone(imputers[c]).fit(df[[c]]))
    df[c] = imputers[c].transform(df[[c]])[:, 0]

missing = df.isnull().sum()
missing = missing[missing > 3].index
df = df.drop(missing, axis=1)
=>
missing = learn("missing", lambda: df.isnull().sum())
missing = missing[missing > 3].index
df = df.drop(missing, axis=1)

for c in df.columns:
    if df[c].isnull().sum() / len(df) > 0.12:
        df = df.drop(c, axis=1)
=>
for c in df.columns:
    if learn(f"{c}.sum", lambda: df[c].isnull().sum() / len(df) > 0.12):
        df = df.drop(c, axis=1)

for c in df.select_dtypes(include=["object"]):
    df[c] = LabelEncoder().fit_transform(df[c].astype(str))
=>
for c in learn("cs", lambda: list(df.select_dtypes(include=["object"]))):
    df[c] = learn(f"{c}.label_encoder", lambda: LabelEncoder().fit(df[c].astype(str))).transform(
        df[c].astype(str)
    )

for c in df.columns:
    if df[c].dtype == "object" and df[c].nunique() < 5:
        df = df.join(pd.get_dummies(df[c], prefix=c)).drop(columns=c)
=>
for c in df.columns:
    if df[c].dtype == "object" and learn(f"{c}.nunique", lambda: df[c].nunique() < 5):
        df = df.join(learn.get_dummies(f"{c}.dummies", df[c], prefix=c)).drop(columns=c)

df["age"] = df["age"].combine_first(df.groupby("sex")["age"].transform("mean"))
=>
df["age"] = df["age"].combine_first(learn.by_group("age_by_sex", df, "sex", "age", "mean"))

means = df.groupby("sex")["age"].mean()
df["age"] = df.set_index("sex")["age"].fillna(means).values
=>
means = learn("means", lambda: df.groupby("sex")["age"].mean())
df["age"] = df.set_index("sex")["age"].fillna(means).values

means = df.pivot_table(values="age", index="sex", columns="rooms")
df["m"] = df.apply(lambda r: means.loc[r["sex"], r["rooms"]], axis=1)
=>
means = learn("means", lambda: df.pivot_table(values="age", index="sex", columns="rooms"))
df["m"] = df.apply(lambda r: means.loc[r["sex"], r["rooms"]], axis=1)

df["d"] = df["age"] - df.groupby("sex")["age"].mean().loc[df["sex"]].values
=>
df["d"] = (
    df["age"] - learn("age_mean", lambda: df.groupby("sex")["age"].mean()).loc[df["sex"]].values
)

df["d"] = df["sex"].map(dict(df.groupby("sex")["age"].mean()))
=>
df["d"] = df["sex"].map(learn("age_mean", lambda: dict(df.groupby("sex")["age"].mean())))

from_counts = Counter(df["sex"])
df["n"] = df["sex"].map(from_counts)
=>
from_counts = learn("from_counts", lambda: Counter(df["sex"]))
df["n"] = df["sex"].map(from_counts)

df["age"] = df["age"].fillna(df["age"].dropna().sample(1, random_state=0).iloc[0])
=>
df["age"] = df["age"].fillna(
    learn("age_sample", lambda: df["age"].dropna().sample(1, random_state=0).iloc[0])
)
"""


def cases(text: str) -> list[tuple[str, str]]:
    blocks = [block.partition("\n=>\n") for block in text.strip().split("\n\n")]
    return [(source, new) for source, _, new in blocks]


@pytest.mark.parametrize(("source", "expected"), cases(CASES), ids=range(len(cases(CASES))))
def test_statements_are_parted(source: str, expected: str) -> None:
    new, learning = rewritten(source)
    assert new == ast.unparse(ast.parse(expected))
    assert not learning.warnings
    holds(source, ROWS, [3, 14])


UNTOUCHED = [
    "df['rooms'] = df['rooms'] * 2",
    "df['sex'] = df['sex'].map({'m': 0, 'f': 1})",
    "df['z'] = df[['age', 'fare']].mean(axis=1)",
    "df['z'] = df[['age', 'fare']].max(1)",
    "df['z'] = np.max(df[['rooms', 'price']].values, 1)",
    "df['z'] = df[['age', 'fare']].isnull().sum(axis='columns')",
    "df['w'] = df['text'].apply(lambda t: max(len(w) for w in t.split()))",
    "df['w'] = df.apply(lambda r: r['rooms'] * 2 if r['sex'] == 'm' else 0, axis=1)",
    "df['w'] = df.apply(lambda r: max(r['rooms'], r['price']), axis=1)",
    "df['q'] = pd.cut(df['age'], [0, 20, 40, 100], labels=['a', 'b', 'c'])",
    "df['month'] = pd.to_datetime(df['day']).dt.month",
    "df = df.drop(columns='day').rename(columns={'age': 'years'})",
    "df = df[['age', 'fare']]",
    "X = preprocessing.normalize(df[['rooms', 'price']])\nX",
    "df['ones'] = np.ones(len(df))",
]


@pytest.mark.parametrize("source", UNTOUCHED)
def test_what_each_row_tells_alone_stays_as_it_was(source: str) -> None:
    new, learning = rewritten(source)
    assert new == ast.unparse(ast.parse(source))
    assert not learning.names
    holds(source, ROWS, [0, 3])


UNPARTED = [
    ("df['d'] = df['age'].diff()", "neighbouring"),
    ("df['d'] = df['fare'].rank(pct=True)", "neighbouring"),
    ("df['d'] = df['age'].rolling(3).mean()", "neighbouring"),
    ("df['d'] = df.groupby('city')['age'].transform('cumsum')", "by group"),
    ("df['d'] = df.groupby('city')['age'].transform(lambda x: x.shift())", "by group"),
    ("df['d'] = df.groupby('city')['age'].transform(own)", "by group"),
    ("df = df.groupby('city').transform('mean')", "by group"),
    ("for city, rows in df.groupby('city'):\n    print(rows)", "over groups"),
    ("df['d'], fitted = stats.boxcox(df['rooms'])", "fitted to all rows"),
    ("df['d'] = df['sex'].apply(lambda s: (df['sex'] == s).sum())", "all rows for each row"),
]


@pytest.mark.parametrize(("source", "why"), UNPARTED)
def test_what_could_not_be_parted_is_said(source: str, why: str) -> None:
    _, learning = rewritten(source)
    assert len(learning.warnings) == 1
    assert why in learning.warnings[0]


@pytest.mark.parametrize("call", ["fill(df, 'age')", "df.pipe(fill)", "same(fill(df))"])
def test_functions_that_learn_could_not_be_parted(call: str) -> None:
    code = "def fill(d, c='age'):\n    return d.fillna(d[c].mean())\ndef same(d):\n    return d"
    functions = {n.name: n for n in ast.parse(code).body if isinstance(n, ast.FunctionDef)}
    learning = Learning({"df"}, PATHS, functions)
    learning.statements(ast.parse(f"df = {call}").body)
    assert len(learning.warnings) == 1
    assert "fill(df" in learning.warnings[0] or "pipe(fill)" in learning.warnings[0]


def test_names_say_what_was_learned_once() -> None:
    source = """
for c in ["age", "fare"]:
    df[c] = df[c].fillna(df[c].mean())
for c in ["age", "fare"]:
    df[c] = df[c] - df[c].mean()
df["more"] = df["age"] - df["age"].mean()
df["rich"] = df["fare"] > df["fare"].mean()
"""
    new, learning = rewritten(source)
    assert learning.names == ["mean", "mean_2", "age_mean", "fare_mean"]
    assert "f'{c}.mean'" in new
    holds(source, ROWS, [0, 3])


def test_columns_that_can_not_be_told_apart_by_letters_are_numbered() -> None:
    source = "df['a'] = df['日本'].mean() + df['中国'].mean() + df['x y'].max() + df['x-y'].max()"
    assert len(set(rewritten(source)[1].names)) == len(rewritten(source)[1].names)


def test_scalers_that_stand_for_functions_are_imported() -> None:
    _, learning = rewritten("X = preprocessing.robust_scale(df[['age']])")
    assert learning.imports == {"RobustScaler": "sklearn.preprocessing.RobustScaler"}
    _, learning = rewritten("for c in [1]:\n    le.fit(df[c])")
    assert learning.imports == {"clone": "sklearn.base.clone"}


def test_what_holds_rows_is_followed() -> None:
    learning = Learning({"df"}, PATHS)
    source = "X = df.copy()\nm = X.mean()\na, b = X['a'], X['b']\nX = 1\nn: int = df.a\nb = m + 1"
    learning.statements(ast.parse(source).body)
    assert learning.kinds.rows == {"df", "a", "n"}


def test_frames_of_a_loop_hold_rows() -> None:
    new, _ = rewritten("for d in [df]:\n    d['age'] = d['age'].fillna(d['age'].mean())")
    assert "learn('age_mean', lambda: d['age'].mean())" in new


KINDS = [
    ("df", Kind.ROWS),
    ("df.a + 1", Kind.ROWS),
    ("df.a > df.a.mean()", Kind.ROWS),
    ("df.shape[0]", Kind.PLAIN),
    ("df.columns", Kind.PLAIN),
    ("df.dtypes", Kind.AGGREGATE),
    ("df.select_dtypes('number').columns", Kind.AGGREGATE),
    ("df.groupby('a').b.mean()", Kind.AGGREGATE),
    ("df.groupby('a').b.transform('mean')", Kind.ROWS),
    ("df.groupby('a').b.apply(lambda x: x.fillna(0))", Kind.ROWS),
    ("df.groupby('a').b.apply(lambda x: x.max() - x.min())", Kind.AGGREGATE),
    ("np.mean(df.a)", Kind.AGGREGATE),
    ("np.log(df.a)", Kind.ROWS),
    ("np.log(df.a.mean())", Kind.AGGREGATE),
    ("df.a.iloc[0]", Kind.AGGREGATE),
    ("counts / len(df)", Kind.AGGREGATE),
    ("len(df)", Kind.PLAIN),
    ("counts[df.a]", Kind.ROWS),
    ("df.groupby('a').b.mean()[df.a]", Kind.ROWS),
    ("[c for c in df.columns if df[c].dtype == 'object']", Kind.AGGREGATE),
    ("[c.lower() for c in df.columns]", Kind.PLAIN),
    ("[len(t) for t in df.text]", Kind.ROWS),
    ("{c: df[c].mean() for c in names}", Kind.AGGREGATE),
    ("list(df)", Kind.PLAIN),
    ("set(df.a)", Kind.AGGREGATE),
    ("list(filter(lambda c: df[c].nunique() > 1, names))", Kind.AGGREGATE),
    ("StandardScaler().fit(df)", Kind.AGGREGATE),
    ("StandardScaler().fit(df).transform(df)", Kind.ROWS),
    ("StandardScaler()", Kind.PLAIN),
    ("lambda x: x + 1", Kind.PLAIN),
    ("lambda x: x + df.a.mean()", Kind.AGGREGATE),
    ("lambda df: df.a.mean()", Kind.PLAIN),
    ("y in df.columns", Kind.PLAIN),
    ("7", Kind.PLAIN),
]


@pytest.mark.parametrize(("source", "kind"), KINDS)
def test_kinds_of_expressions(source: str, kind: Kind) -> None:
    assert Kinds({"df"}, PATHS).of(ast.parse(source, mode="eval").body) is kind


# Random notebooks: sequences of operations, each of which draws the columns that it works on.

OPERATIONS = """
df["{number}"] = df["{number}"].fillna(df["{number}"].mean())
df["{number}"] = df.{number}.fillna(df.{number}.median())
df["{text}"] = df["{text}"].fillna(df["{text}"].mode()[0])
df = df.fillna({{c: df[c].median() for c in {numbers}}})
df[{numbers}] = df[{numbers}].fillna(df[{numbers}].mean())
df["{text}"] = le.fit_transform(df["{text}"].astype(str))
df["{text}"] = LabelEncoder().fit_transform(df["{text}"].astype(str))
for c in {texts}: df[c] = LabelEncoder().fit_transform(df[c].astype(str))
for c in {texts}: df[c] = le.fit_transform(df[c].astype(str))
df[{texts}] = df[{texts}].astype(str).apply(LabelEncoder().fit_transform)
df = pd.get_dummies(df, columns=["{text}"], drop_first=True)
df = pd.get_dummies(df, columns={texts}, dtype=int)
df = df.join(pd.get_dummies(df["{text}"], prefix="is_{new}")).drop("{text}", axis=1)
df["{new}"] = df.groupby("{text}")["{number}"].transform("mean")
df["{new}"] = df.groupby(["{text}", "{whole}"])["{number}"].transform("median")
df["{number}"] = df["{number}"].fillna(df.groupby("{whole}")["{number}"].transform("max"))
df["{number}"] = df.groupby("{whole}")["{number}"].transform(lambda x: x.fillna(x.mean()))
df["{new}"] = df.groupby("{whole}")["{number}"].transform(lambda x: (x - x.min()) / x.count())
df["{new}"] = df["{text}"].map(df.groupby("{text}")["{number}"].mean())
df = df.merge(df.groupby("{whole}").agg({new}=("{number}", "max")).reset_index(), how="left")
df["{new}"] = df["{text}"].map(y.groupby(df["{text}"]).mean())
df["{new}"] = df["{text}"].map(df["{text}"].value_counts(normalize=True))
df["{new}"] = df["{whole}"].map(df["{whole}"].value_counts() / len(df))
df["{new}"] = pd.cut(df["{number}"], 4, labels=False)
df["{new}"] = pd.cut(df["{number}"], bins=3, labels=False, right=False)
df["{new}"] = pd.qcut(df["{number}"], 4, labels=False, duplicates="drop")
df["{new}"] = pd.qcut(df["{number}"], 3, duplicates="drop").astype("category").cat.codes
df["{text}"] = pd.factorize(df["{text}"])[0]
df["{text}"] = df["{text}"].astype("category").cat.codes
df["{text}"] = df["{text}"].astype("category"); df["{text}"] = df["{text}"].cat.codes
df[{numbers}] = StandardScaler().fit_transform(df[{numbers}])
df[{numbers}] = MinMaxScaler().fit(df[{numbers}]).transform(df[{numbers}])
df[["{number}"]] = sc.fit_transform(df[["{number}"]])
for c in {numbers}: df[c] = sc.fit_transform(df[[c]])[:, 0]
df["{number}"] = preprocessing.scale(df["{number}"])
df["{number}"] = df["{number}"].fillna(0); df["{number}"] = zscore(df["{number}"])
df["{number}"] = (df["{number}"] - df["{number}"].min()) / (df["{number}"].max() + 1)
df[{numbers}] = (df[{numbers}] - df[{numbers}].mean()) / df[{numbers}].std()
df[{numbers}] = df[{numbers}].apply(lambda x: x / x.max())
df["{number}"] = df["{number}"].clip(df["{number}"].quantile(.1), df["{number}"].quantile(.9))
df["{new}"] = np.where(df["{number}"] > df["{number}"].median(), 1, 0)
df.loc[df["{number}"] > df["{number}"].quantile(.8), "{number}"] = df["{number}"].median()
counts = df["{text}"].value_counts(); df["{new}"] = df["{text}"].map(counts)
df["{text}"] = df["{text}"].replace(df["{text}"].value_counts().index[2:], "other")
df["{text}"] = df["{text}"].apply(lambda v: v if v in df["{text}"].unique()[:2] else "other")
df = df.drop(columns=df.columns[df.isnull().mean() > .1])
df = df.loc[:, df.nunique() > 1]
df = df.dropna(axis=1, thresh=35)
for c in [c for c in df.columns if df[c].dtype != "object"]: df[c] = df[c].fillna(df[c].mean())
for c in df.select_dtypes("number").columns: df[c] = df[c] - df[c].median()
for c in {numbers}:  df[c] = df[c].fillna(df[c].mean()) if df[c].isnull().any() else df[c]
if df["{number}"].isnull().any(): df["{number}"] = df["{number}"].fillna(df["{number}"].min())
df = df.assign({new}=lambda d: d["{number}"].fillna(d["{number}"].median()))
df = df.pipe(lambda d: d.fillna({{"{number}": d["{number}"].max()}}))
df[["{number}"]] = SimpleImputer().fit_transform(df[["{number}"]])
df[{numbers}] = KNNImputer(n_neighbors=2).fit_transform(df[{numbers}])
made = OneHotEncoder().fit_transform(df[["{text}"]]).toarray(); df["{new}"] = made[:, 0]
means = df.groupby("{text}")["{number}"].mean(); df["{new}"] = df["{text}"].map(means.to_dict())
df["{new}"] = [1 if v > df["{number}"].mean() else 0 for v in df["{number}"]]
df["{text}"] = df["{text}"].map({{v: n for n, v in enumerate(df["{text}"].dropna().unique())}})
df["{new}"] = df["{number}"] * df["{whole}"]
df = df.rename(columns={{"{number}": "{new}"}})
df = df.drop(columns="{number}")
""".strip().splitlines()


class Sequence:
    """Statements that run one after the other, drawn by chance."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.rows = table(40, seed)
        self.world = {"df": learned.as_read(self.rows, self.rows.columns), "y": self.rows["price"]}
        self.statements = ["le = LabelEncoder()", "sc = StandardScaler()"]
        for statement in self.statements:
            exec(statement, WORLD, self.world)  # noqa: S102

    def draw(self) -> None:
        """Add a statement; one that does not run on these columns is no statement of a notebook."""
        frame = self.world["df"]
        numbers = [c for c in frame.columns if frame[c].dtype.kind == "f"]
        texts = [c for c in ("city", "sex", "day") if c in frame and frame[c].dtype == object]
        wholes = [c for c in frame.columns if frame[c].dtype.kind in "iu"]
        if not (numbers and texts and wholes):
            return
        statement = str(self.rng.choice(OPERATIONS)).format(
            number=self.rng.choice(numbers),
            numbers=sorted({*self.rng.choice(numbers, 2).tolist()}),
            text=self.rng.choice(texts),
            texts=sorted({*self.rng.choice(texts, 2).tolist()}),
            whole=self.rng.choice(wholes),
            new=f"new{len(self.statements)}",
        )
        world = {**WORLD, **self.world, "df": frame.copy()}
        try:
            exec(statement, world)  # noqa: S102
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            return
        if len(world["df"].columns) and not world["df"].columns.duplicated().any():
            self.statements.append(statement)
            self.world["df"] = world["df"]


@pytest.mark.parametrize("batch", range(14))
def test_random_notebooks_give_one_row_what_they_give_all(batch: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(15):
            sequence = Sequence(100 * batch + number)
            for _ in range(sequence.rng.integers(1, 9)):
                sequence.draw()
            code = "\n".join(sequence.statements)
            try:
                holds(code, sequence.rows, [int(sequence.rng.integers(40))])
            except Exception as error:
                raise AssertionError(f"{code}\n=>\n{rewritten(code)[0]}") from error
