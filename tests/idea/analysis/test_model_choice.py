"""What a search found, and the other estimators."""

from pathlib import Path

from tests.idea.analysis.notebooks import XY, told

SEARCH = "grid = GridSearchCV(LogisticRegression(), {'C': [0.1, 1, 10]}, cv=4)\ngrid.fit(X, y)\n"


def test_a_search_is_carried_over(people: Path) -> None:
    found = told(people, XY, SEARCH)
    assert found.searched
    assert found.estimator.search
    assert found.estimator.search.space == {"C": [0.1, 1, 10]}
    assert (found.estimator.search.kind, found.estimator.search.cv) == ("grid", 4)


def test_what_it_found_is_taken_from_the_outputs(people: Path) -> None:
    found = told(people, XY, SEARCH + "print(grid.best_params_)", outputs={2: "{'C': 10}\n"})
    assert not found.searched
    assert found.estimator.config["C"] == 10
