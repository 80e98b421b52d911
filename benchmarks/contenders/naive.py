"""What most people write: FastAPI, a pydantic model of the row, a DataFrame, `predict_proba`.

The endpoints are `async`, which leaves them one thread: beside OpenMP's own, more are slower.
"""
# mypy: ignore-errors
# Runs in the rendered repo's environment, whose packages the template's own does not have.

import os
from pathlib import Path

import pandas as pd
from fastapi import FastAPI
from loan_default.model.model_file import load_pipeline
from pydantic import BaseModel


class Loan(BaseModel):
    """A row, as the table has it."""

    age: float | None
    income: float | None
    amount: float | None
    rate: float | None
    years_employed: float | None
    debt_ratio: float | None
    region: str
    city: str
    job: str
    education: str
    housing: str
    purpose: str
    channel: str
    plan: str


app = FastAPI()
pipeline = load_pipeline(Path(os.environ["MODEL"]) / "pipeline.skops")


@app.post("/predict")
async def predict(loan: Loan) -> dict[str, float]:
    """Give the probability that this loan defaults."""
    row = pd.DataFrame([loan.model_dump()])
    return {"probability": float(pipeline.predict_proba(row)[0, 1])}


@app.post("/predict_many")
async def predict_many(loans: list[Loan]) -> dict[str, list[float]]:
    """Give the probability of each."""
    rows = pd.DataFrame([loan.model_dump() for loan in loans])
    return {"probabilities": pipeline.predict_proba(rows)[:, 1].tolist()}
