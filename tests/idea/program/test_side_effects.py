"""Changes of objects, however they are called."""

import ast

from idea.program.dataflow import Step
from idea.program.side_effects import changes_among

# Each call leads to several others with new objects: paths double with every level.
MODELS_BY_HAND = """
class Tree:
    def fit(self, X, y):
        self.tree = self.grow(X, y)
    def grow(self, X, y):
        best = self.split(X, y)
        left = self.grow(X[best], y[best])
        right = self.grow(X[best], y[best])
        return (best, left, right)
    def split(self, X, y):
        for feature in range(X.shape[1]):
            for value in np.unique(X[:, feature]):
                gain = self.gain(y, y[X[:, feature] < value], y[X[:, feature] >= value])
        return feature
    def gain(self, y, left, right):
        return self.entropy(y) - self.entropy(left) - self.entropy(right)
    def entropy(self, y):
        return -np.sum(y * np.log2(y))
    def predict(self, X):
        return np.array([self.answer(row, self.tree) for row in X])
    def answer(self, row, tree):
        return self.answer(row, tree[1]) if row[0] else self.answer(row, tree[2])
class Forest:
    def __init__(self):
        self.trees = []
    def fit(self, X, y):
        for _ in range(10):
            tree = Tree()
            tree.fit(X, y)
            self.trees.append(tree)
    def predict(self, X):
        return np.mean([tree.predict(X) for tree in self.trees], axis=0)
models = {"tree": Tree(), "forest": Forest()}
for name, model in models.items():
    model.fit(X.values, y)
    found = model.predict(X.values)
    scores[name] = cross_val_score(model, X.values, y)
for name, model in models.items():
    model.fit(X.values, y)
    found = model.predict(X.values)
    scores[name] = cross_val_score(model, X.values, y)
"""


def test_where_calls_branch_without_end_anything_may_change() -> None:
    steps = [Step(node, 0, node.lineno) for node in ast.parse(MODELS_BY_HAND).body]
    imports = {"np": "numpy", "cross_val_score": "sklearn.model_selection.cross_val_score"}
    rows = frozenset({"X", "y"})

    found = dict(changes_among(steps, imports, [rows] * len(steps)))

    assert found == {len(steps) - 2: rows, len(steps) - 1: rows}
