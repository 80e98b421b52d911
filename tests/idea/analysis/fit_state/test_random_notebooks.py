"""Random notebooks: sequences of operations, each of which draws its columns."""

import warnings

import numpy as np
import pytest

from tests.idea.analysis.fit_state.running import WORLD, holds, learned, rewritten, table

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


# The first is enough to see a change while writing it.
BATCHES = [0, *(pytest.param(batch, marks=pytest.mark.slow) for batch in range(1, 14))]


@pytest.mark.parametrize("batch", BATCHES)
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
