"""Where the stages leave what the next one reads. All relative to the repository's root."""

from pathlib import Path

CONF = Path(__file__).parents[3] / "conf"
PARAMS = Path("params.yaml")
SCHEMA = Path("data/schema.yaml")
TABLE = Path("data/interim/table.parquet")
NOTICED = Path("data/interim/noticed.json")
TRAIN = Path("data/processed/train.parquet")
TEST = Path("data/processed/test.parquet")
TRAINED = Path("models/trained")
EVALUATED = Path("models/evaluated")
CANDIDATE = Path("models/candidate")
PRODUCTION = Path("models/production")
REPORTS = Path("reports")


def home() -> Path:
    """The repository's root, also where DVC runs a queued experiment in a copy that it deletes."""
    here = Path.cwd()
    return next((folder.parent for folder in here.parents if folder.name == ".dvc"), here)
