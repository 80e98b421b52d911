"""Overlooks what differs for trees."""


class Preprocess:
    def fit_transform(self, X, y=None, **_):
        roles = {}
        for name in X.columns[X.notna().any()]:
            roles.setdefault(self._role(X[name]), []).append(str(name))
        self.booleans_ = roles.get("boolean", [])
        transformers = []
        for role, columns in roles.items():
            parts = columns if role == "text" else [columns]
            transformers += [
                (f"{role}{number or ''}", clone(self.by_role[role], safe=False), part)
                for number, part in enumerate(parts)
            ]
        self.columns_ = ColumnTransformer(
            transformers, sparse_threshold=0, verbose_feature_names_out=False
        )
        return np.asarray(self.columns_.fit_transform(self._prepared(X), y), dtype=float)
