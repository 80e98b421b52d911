"""What Feast is told: an entity, a view for each source, and a service named after the model.

All of it comes from data/schema.yaml and params.yaml; `make features` leaves sources in .feast/.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.types import Bool, Float64, String, UnixTimestamp

REPO = Path(__file__).resolve().parents[1]
SOURCES = REPO / ".feast" / "sources"
TYPES = {"number": Float64, "integer": Float64, "boolean": Bool, "datetime": UnixTimestamp}

PARAMS: dict[str, Any] = yaml.safe_load((REPO / "params.yaml").read_text(encoding="utf-8"))
OPTIONS = PARAMS["feature_store"]
COLUMNS: dict[str, Any] = yaml.safe_load(
    (REPO / "data" / "schema.yaml").read_text(encoding="utf-8")
)["columns"]
TTL = timedelta(hours=OPTIONS["ttl_hours"] or 0)  # 0: no value is too old


def view(file: Path, entity: Entity) -> FeatureView:
    """The view of a source, which holds nothing but key, time and features."""
    names = [n for n in pq.read_schema(file).names if n not in (OPTIONS["key"], OPTIONS["time"])]
    return FeatureView(
        name=file.stem,
        entities=[entity],
        ttl=TTL,
        schema=[Field(name=n, dtype=TYPES.get(COLUMNS[n]["type"], String)) for n in names],
        source=FileSource(name=file.stem, path=str(file), timestamp_field=OPTIONS["time"]),
    )


FILES = sorted(SOURCES.glob("*.parquet"))
is_number = pa.types.is_integer(pq.read_schema(FILES[0]).field(OPTIONS["key"]).type)
KEY = Entity(
    name=OPTIONS["key"],
    join_keys=[OPTIONS["key"]],
    value_type=ValueType.INT64 if is_number else ValueType.STRING,
)
VIEWS = [view(file, KEY) for file in FILES]
SERVICE = FeatureService(name=PARAMS["name"], features=VIEWS)
