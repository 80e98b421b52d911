"""Functions and methods of pandas that keep something between rows by themselves."""

import pytest

from tests.idea.analysis.fit_state.running import cases, check, rewritten

# As written in a notebook => as rendered.
CASES = """
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

# dates, of which pandas takes the format from the first
df["month"] = pd.to_datetime(df["day"], dayfirst=True).dt.month
=>
df["month"] = learn.to_datetime("day", df["day"], dayfirst=True).dt.month

df["month"] = pd.to_datetime(df["day"], format="%Y-%m-%d").dt.month
=>
df["month"] = pd.to_datetime(df["day"], format="%Y-%m-%d").dt.month

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


@pytest.mark.parametrize(("source", "expected"), cases(CASES), ids=range(len(cases(CASES))))
def test_what_is_learned_is_wrapped(source: str, expected: str) -> None:
    check(source, expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("df = df.dropna().reset_index()", "df = df.dropna().reset_index().assign(index=0)"),
        ("df = df.reset_index(drop=True)", "df = df.reset_index(drop=True)"),
        (
            "df = df.set_index('city')\ndf = df.reset_index()",
            "df = df.set_index('city')\ndf = df.reset_index()",
        ),
    ],
)
def test_a_number_of_a_row_is_no_feature_of_a_new_one(source: str, expected: str) -> None:
    new, learning = rewritten(source)
    assert new == expected
    assert any("row's number" in each for each in learning.warnings) == ("assign" in expected)
