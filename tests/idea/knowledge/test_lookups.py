"""What the tables say of parameters and values, where two former tables differed."""

import pytest

from idea.knowledge.renames import current_parameter, current_value
from idea.knowledge.signatures import signature_of, signature_of_class
from idea.tables import Source, read_table, summarize
from tests.conftest import WriteCsv

SGD = "sklearn.linear_model.SGDRegressor"
TREE = "sklearn.tree.DecisionTreeRegressor"


@pytest.mark.parametrize(
    ("path", "parameter", "old", "new"),
    [
        (SGD, "loss", "squared_loss", "squared_error"),
        (SGD, "loss", "least_absolute_deviation", "absolute_error"),
        (SGD, "penalty", "none", None),
        (TREE, "criterion", "friedman_mse", "squared_error"),
        (TREE, "max_features", "auto", 1.0),
        ("sklearn.tree.DecisionTreeClassifier", "max_features", "auto", "sqrt"),
        ("xgboost.XGBClassifier", "tree_method", "gpu_hist", "hist"),
        (TREE, "max_depth", "auto", "auto"),
        (TREE, "max_depth", 3, 3),
    ],
)
def test_values(path: str, parameter: str, old: object, new: object) -> None:
    assert current_value(path, parameter, old) == new


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("RidgeCV", "normalize", None),
        ("LassoCV", "n_alphas", "alphas"),
        ("OneHotEncoder", "sparse", "sparse_output"),
        ("XGBRegressor", "gpu_id", None),
        ("LogisticRegressionCV", "multi_class", None),
        ("BalancedBaggingClassifier", "base_estimator", "estimator"),
        ("RandomForestClassifier", "min_impurity_split", None),
        ("Ridge", "alpha", "alpha"),
        ("my_function", "presort", "presort"),
    ],
)
def test_parameters(name: str, old: str, new: str | None) -> None:
    assert current_parameter(name, old) == new


def test_the_first_parameter_of_a_perceptron_has_changed() -> None:
    assert signature_of_class("MLPClassifier").positional[0] == "hidden_layer_sizes"
    assert signature_of_class("MLPRegressor").positional == ()
    assert signature_of_class("MLPRegressor").order[0] == "hidden_layer_sizes"
    assert signature_of("nobody_knows_it").order == ()


def test_both_readers_take_the_same_texts_for_missing(csv_table: WriteCsv) -> None:
    values = ["1", "2", "3"] * 5 + ["#NA", "1.#IND", "-nan"]
    path = csv_table(header="a,target", rows=[f"x,{value}" for value in values])
    assert read_table(path, "target").tasks == ("classification", "regression")
    summary = summarize(path, Source(path.name, "csv"))
    assert summary.texts == {"a"}
    assert summary.values["target"] == 3
