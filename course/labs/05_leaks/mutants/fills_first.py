"""Fills gaps with the median of the rows at hand before it looks up what was learned."""


class Preprocess:
    def transform(self, X):
        numbers = X.select_dtypes("number")
        X = X.fillna(numbers.median())
        return np.asarray(self.columns_.transform(self._prepared(X)), dtype=float)
