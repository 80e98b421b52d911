"""What is computed by group is kept by group."""

import pytest

from tests.idea.analysis.fit_state.running import cases, check

# As written in a notebook => as rendered.
CASES = """
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
"""


@pytest.mark.parametrize(("source", "expected"), cases(CASES), ids=range(len(cases(CASES))))
def test_what_is_learned_is_wrapped(source: str, expected: str) -> None:
    check(source, expected)
