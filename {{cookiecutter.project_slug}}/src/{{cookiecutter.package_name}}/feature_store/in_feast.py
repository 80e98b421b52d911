"""What runs with Feast: `apply` fills the online store, `join ROWS INTO` joins features to rows.

It stands apart from feature_repo/, of which Feast imports every module.
"""

import sys
from datetime import UTC, datetime

import pandas as pd
from feast import FeatureStore

REPO = "feature_repo"
START = datetime(1970, 1, 1, tzinfo=UTC)


def main() -> None:  # pragma: no cover - it runs in another environment
    """Register what feature_repo/ describes, then do what is asked; exit with 1 if that fails."""
    verb, *files = sys.argv[1:]
    try:
        sys.path.insert(0, REPO)
        import definitions

        store = FeatureStore(repo_path=REPO)
        store.apply([definitions.KEY, *definitions.VIEWS, definitions.SERVICE])
        if verb == "apply":
            store.materialize(START, datetime.now(UTC))
            return
        rows, into = files
        found = store.get_historical_features(
            entity_df=pd.read_parquet(rows), features=definitions.SERVICE
        )
        found.to_df().to_parquet(into, index=False)
    except Exception as error:
        sys.exit(" ".join(f"{type(error).__name__}: {error}".split())[:400])


if __name__ == "__main__":
    main()
