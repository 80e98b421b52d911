"""The least that FastAPI can do: read a JSON body, say yes. No service on it is faster."""
# mypy: ignore-errors
# Runs in the rendered repo's environment, whose packages the template's own does not have.

from typing import Any

from fastapi import FastAPI

app = FastAPI()


@app.post("/predict")
async def predict(body: dict[str, Any]) -> dict[str, bool]:
    """Say yes."""
    return {"ok": True}
