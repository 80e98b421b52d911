"""Learns from the rows that it is given."""


class Preprocess:
    def transform(self, X):
        return np.asarray(clone(self.columns_).fit_transform(self._prepared(X), X.iloc[:, 0]))
