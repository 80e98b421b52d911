"""Parameters in a copy of a dict that is changed afterwards are those of the copy."""

from pathlib import Path

import pytest

from tests.idea.analysis.notebooks import XY, analysed

TREE = "model = DecisionTreeClassifier(**{}).fit(X, y)\n"


@pytest.mark.parametrize(
    "makes",
    [
        "other = first.copy()\nother['max_depth'] = 5\n",
        "import copy\nother = copy.deepcopy(first)\nother.update({'max_depth': 5})\n",
        "from copy import copy\nother = copy(first)\nother['max_depth'] = 5\n",
        "other = dict(first)\nother['max_depth'] = 5\n",
        "more = first.copy()\nmore['max_depth'] = 4\nother = more.copy()\n"
        "other['max_depth'] = 5\nmore['max_depth'] = 7\n",
        "other = {**first, 'max_depth': 5}\n",
    ],
)
def test_the_copy_has_its_own_values(people: Path, makes: str) -> None:
    first = "first = {'max_depth': 3, 'min_samples_leaf': 2}\n"
    changed = analysed(people, first + makes, XY, TREE.format("other")).estimator.config
    assert (changed["max_depth"], changed["min_samples_leaf"]) == (5, 2)
    kept = analysed(people, first + makes, XY, TREE.format("first")).estimator.config
    assert kept["max_depth"] == 3


def test_a_copied_list_has_its_own_members(people: Path) -> None:
    first = "first = [('a', LogisticRegression())]\n"
    makes = "other = first.copy()\nother.append(('b', DecisionTreeClassifier()))\n"
    vote = "from sklearn.ensemble import VotingClassifier\n"
    fit = "model = VotingClassifier(other).fit(X, y)\n"
    config = analysed(people, first + makes, XY, vote + fit).estimator.config
    assert [name for name, _ in config["estimators"]] == ["a", "b"]


def test_a_copied_frame_is_no_dict(people: Path) -> None:
    other = "other = df.copy()\nother['age'] = 1\nX, y = other[['age']], other['churn']\n"
    assert analysed(people, other, TREE.format("{}")).reading.used == ("age",)
