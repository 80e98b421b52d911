"""What most people write, for any repository: a pydantic model of the row, a frame, predict.

`PACKAGE` names the repository's package, `MODEL` its model folder.
"""
# mypy: ignore-errors
# Runs in the rendered repo's environment, whose packages the template's own does not have.

import json
import os
from importlib import import_module
from pathlib import Path

import pandas as pd
from fastapi import FastAPI
from pydantic import create_model

PACKAGE, MODEL = os.environ["PACKAGE"], Path(os.environ["MODEL"])
TYPES = {"number": float, "integer": int, "boolean": bool}
schema = import_module(f"{PACKAGE}.data.schema").Schema.load(MODEL / "schema.yaml")
pipeline = import_module(f"{PACKAGE}.model.model_file").load_pipeline(MODEL / "pipeline.skops")
fields = {
    f"f{at}": (TYPES.get(schema[n].type, str) | None, None) for at, n in enumerate(schema.features)
}
Row = create_model("Row", **fields)  # whatever the names are
app = FastAPI()


def frame(rows):
    """The rows as pandas reads them, with the types of the table."""
    table = pd.DataFrame([row.model_dump() for row in rows]).set_axis(schema.features, axis=1)
    for name in schema.features:
        match schema[name].type:
            case "datetime":
                table[name] = pd.to_datetime(table[name])
            case "number":
                table[name] = table[name].astype(float)
    return table


def answers(rows):
    """The probabilities, or the numbers, of rows."""
    if schema.task == "regression":
        return pipeline.predict(frame(rows)).ravel().tolist()
    return pipeline.predict_proba(frame(rows)).tolist()


@app.post("/predict")
async def predict(row: Row):
    """Answer for one row."""
    return {"answer": answers([row])[0]}


@app.post("/predict_many")
async def predict_many(rows: list[Row]):
    """Answer for several."""
    return {"answers": answers(rows)}


if __name__ == "__main__":  # what is asked: rows of the test table, under these names
    test = pd.read_parquet("data/processed/test.parquet")[schema.features]
    print(
        test.sample(1000, replace=True, random_state=0).to_json(orient="records", date_format="iso")
    )
    print(json.dumps(schema.features))
