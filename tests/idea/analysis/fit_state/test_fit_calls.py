"""What fits estimators is kept as fitted."""

import pytest

from tests.idea.analysis.fit_state.running import cases, check

# As written in a notebook => as rendered.
CASES = """
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
"""


@pytest.mark.parametrize(("source", "expected"), cases(CASES), ids=range(len(cases(CASES))))
def test_what_is_learned_is_wrapped(source: str, expected: str) -> None:
    check(source, expected)
