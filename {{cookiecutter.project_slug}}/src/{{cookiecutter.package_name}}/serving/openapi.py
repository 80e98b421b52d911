"""The description of the API, with the fields of the model that is served."""

import math
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ..data.schema import Column, Schema
from ..runtime.served_model import ServedModel
from .log import Log
from .state import Current, State

PROBLEMS = {
    "400": "The body is no JSON, or no rows",
    "403": "A page of another origin asks",
    "413": "The body is too large, or has too many rows",
    "415": "The body is not application/json",
    "422": "A value is not as the schema says: which row and field, and what was expected",
    "503": "No model is loaded",
}


def describe(app: FastAPI, state: State, log: Log | None) -> dict[str, Any]:
    """The OpenAPI document.

    Args:
        app: with the routes that FastAPI describes itself.
        state: with the model whose fields are described, and the API key.
        log: with further POST routes, if there is one.
    """
    version = state.current.model.version if state.current else "none"
    text = _about(state.current.model) if state.current else "No model is loaded."
    document = get_openapi(title=app.title, version=version, description=text, routes=app.routes)
    posts = {"/predict": _predict(state.current)} | (log.operations(state) if log else {})
    paths = {**{path: {"post": post} for path, post in posts.items()}, **document["paths"]}
    document["paths"] = paths
    document["components"] = {"schemas": {"Problem": _PROBLEM, "Answer": _ANSWER}}
    if state.current:
        document["components"]["schemas"]["Row"] = state.current.reader.json_schema()
    none_loaded = "No model is loaded"
    paths["/ready"]["get"]["responses"]["503"] = response(none_loaded, None)
    paths["/model"]["get"]["responses"]["503"] = response(none_loaded, "Problem")
    plain = {"text/plain": {"schema": {"type": "string"}}}
    paths["/metrics"]["get"]["responses"]["200"]["content"] = plain
    if state.key is not None:
        scheme = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
        document["components"]["securitySchemes"] = {"key": scheme}
        for operation in (*posts.values(), paths["/model"]["get"]):
            operation["security"] = [{"key": []}]
            operation["responses"]["401"] = response("The key is missing or wrong", "Problem")
    return document


def _about(model: ServedModel) -> str:
    """What the model predicts, from what, and how well."""
    schema, classes = model.schema, model.runtime.classes
    kind = f" ({', '.join(map(str, classes))})" if classes else ""
    scores = (f"{name} {value:.3g}" for name, value in model.facts["metrics"].items())
    return (
        f"Predicts **{schema.target}**{kind} from {', '.join(schema.features)}.\n\n"
        f"On the test rows, version {model.version} has {', '.join(scores)}."
    )


def _predict(current: Current | None) -> dict[str, Any]:
    return {
        "summary": "Predict",
        "description": "For one row (an object) or many (a list of objects).",
        "operationId": "predict",
        "requestBody": {
            "required": True,
            "content": {"application/json": _body(current) if current else {}},
        },
        "responses": {
            "200": response("The predictions, in the order of the rows", "Answer"),
            **{code: response(text, "Problem") for code, text in PROBLEMS.items()},
        },
    }


def _body(current: Current) -> dict[str, Any]:
    row = {"$ref": "#/components/schemas/Row"}
    many = {"type": "array", "items": row, "minItems": 1, "maxItems": current.reader.max_rows}
    content: dict[str, Any] = {"schema": {"oneOf": [row, many]}}
    example = made_up(current.model.schema)
    try:
        current.model.answers(current.reader.check([example]))
    except Exception:  # features.py may want more of a text than the schema says
        return content
    examples = {"one row": {"value": example}, "many rows": {"value": [example, example]}}
    return content | {"examples": examples}


def made_up(schema: Schema) -> dict[str, Any]:
    """A valid row of values from the schema alone: nothing of it was ever measured."""
    return {name: _made_up(schema[name]) for name in schema.features}


def _made_up(column: Column) -> Any:
    match column.type:
        case "number" | "integer":
            low = column.min if column.min is not None else column.max
            high = column.max if column.max is not None else column.min
            middle = 1.0 if low is None or high is None else (low + high) / 2
            short = float(f"{middle:.3g}")
            value = short if low is None or high is None or low <= short <= high else middle
            return math.floor(value) if column.type == "integer" else value
        case "boolean":
            return True
        case "datetime":
            return "2024-01-01T00:00:00"
        case _:
            return column.allowed[0] if column.allowed else "text"


def response(text: str, schema: str | None) -> dict[str, Any]:
    """A response in JSON, by one of the schemas Answer, Problem and Row."""
    content = {"$ref": f"#/components/schemas/{schema}"} if schema else {}
    return {"description": text, "content": {"application/json": {"schema": content}}}


_PROBLEM = {
    "type": "object",
    "required": ["detail", "request_id"],
    "properties": {
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "row": {"type": "integer"},
                    "field": {"type": ["string", "null"]},
                    "expected": {"type": "string"},
                    "given": {"type": "string"},
                },
            },
        },
    },
}
_ANSWER = {
    "type": "object",
    "required": ["model_version", "request_id", "predictions"],
    "properties": {
        "model_version": {"type": "string"},
        "request_id": {"type": "string"},
        "client_id": {"type": "string"},
        "predictions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["prediction"],
                "properties": {
                    "prediction": {},
                    "probabilities": {
                        "type": "object",
                        "additionalProperties": {"type": "number"},
                    },
                    "interval": {
                        "type": "array",
                        "items": {"type": "number"},
                        "minItems": 2,
                        "maxItems": 2,
                    },
                },
            },
        },
    },
}
