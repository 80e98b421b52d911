"""What is computed from many rows is wrapped, and the rest of an expression stays."""

import pytest

from tests.idea.analysis.fit_state.running import cases, check

# As written in a notebook => as rendered.
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

df["others"] = (df["fare"].sum() - df["fare"]) / (len(df) - 1)
=>
df["others"] = (learn("fare_sum", lambda: df["fare"].sum()) - df["fare"]) / learn(
    "rows", lambda: len(df) - 1
)

known = np.sort(df["fare"].values)
df["below"] = np.searchsorted(known, df["fare"]) / len(known)
=>
known = learn("known", lambda: np.sort(df["fare"].values))
df["below"] = np.searchsorted(known, df["fare"]) / len(known)

df["day"] = pd.to_datetime(df["day"])
df["days"] = (df["day"] - df["day"].min()).dt.days
df = df.drop(columns="day")
=>
df["day"] = learn.to_datetime("day", df["day"])
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
skewed = learn("skewed", lambda: df[["age", "fare"]].apply(lambda x: x.skew()))
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
"""


@pytest.mark.parametrize(("source", "expected"), cases(CASES), ids=range(len(cases(CASES))))
def test_what_is_learned_is_wrapped(source: str, expected: str) -> None:
    check(source, expected)
