"""Models that are no scikit-learn estimators are named."""

from pathlib import Path

import pytest

from idea.analysis import BadIdea
from tests.idea.analysis.notebooks import FIT, XY, analysed

HEAD = (
    "import statsmodels.api as sm\nimport statsmodels.formula.api as smf\nimport torch\n"
    "import xgboost as xgb\nimport lightgbm as lgb\nfrom torch import nn\n"
)
CODES = {
    "fit = smf.ols('np.log(income) ~ age', data=df).fit()": "statsmodels.formula.api.ols",
    "fit = sm.WLS(df.income, df.age, weights=df.id).fit()": "statsmodels.api.WLS",
    "fit = sm.GLM(df['churn'], df[['age']]).fit()\nfit.summary()": "statsmodels.api.GLM",
    "b = xgb.cv({'eta': 0.1}, xgb.DMatrix(df[['age']], df['churn']), 20)": "xgboost.cv",
    "b = lgb.train({}, lgb.Dataset('train.bin'))": "lightgbm.train",
    "net = nn.Sequential(nn.Linear(2, 1))\nnet(torch.tensor(df[['age']].values))": (
        "torch.nn.Sequential"
    ),
}


@pytest.mark.parametrize("code", CODES)
def test_a_notebook_s_only_model_is_named(people: Path, code: str) -> None:
    with pytest.raises(BadIdea) as refused:
        analysed(people, HEAD, code)
    assert f"its model is made by `{CODES[code]}`" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_network_of_an_own_class_is_named(people: Path) -> None:
    with pytest.raises(BadIdea, match="its model is a module of PyTorch"):
        analysed(people, HEAD, "class Net(nn.Module):\n    pass\nnet = Net()")


@pytest.mark.parametrize("code", CODES)
def test_beside_an_estimator_it_is_named_too(people: Path, code: str) -> None:
    found = analysed(people, HEAD, XY, FIT, code)
    assert found.estimator.name == "logistic_regression"
    (note,) = [note for _, note in found.notes if "trains another model" in note]
    assert f"`{CODES[code]}`" in note


def test_a_model_that_an_unread_module_fits_is_named(people: Path) -> None:
    code = "import tools.fits as tf\nmodel = LogisticRegression()\ntf.train(model, df, 'churn')"
    with pytest.raises(BadIdea, match=r"given to `tools\.fits\.train`, whose module is not beside"):
        analysed(people, code)
