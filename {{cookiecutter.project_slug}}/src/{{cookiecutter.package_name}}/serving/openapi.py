"""The description of the API, with the fields and an example of the model that is served."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from .log import Log
from .state import Current, State

PROBLEMS = {
    "400": "The body is no JSON, or no rows",
    "413": "The body is too large, or has too many rows",
    "415": "The body is not application/json",
    "422": "A value is not as the schema says: which row and field, and what was expected",
    "503": "No model is loaded",
}


def describing(app: FastAPI, state: State, log: Log | None) -> Callable[[], dict[str, Any]]:
    """Make the function that FastAPI calls to describe the application.

    Args:
        app: with the routes that FastAPI describes itself.
        state: with the model whose fields and example are described, and the API key.
        log: with further POST routes, if there is one.
    """

    def describe() -> dict[str, Any]:
        version = state.current.model.version if state.current else "none"
        document = get_openapi(title=app.title, version=version, routes=app.routes)
        posts = {"/predict": _predict(state.current)} | (log.operations(state) if log else {})
        paths = {**{path: {"post": post} for path, post in posts.items()}, **document["paths"]}
        document["paths"] = paths
        document["components"] = {"schemas": {"Problem": _PROBLEM, "Answer": _ANSWER}}
        if state.current:
            document["components"]["schemas"]["Row"] = state.current.reader.json_schema()
        none_loaded = "No model is loaded"
        paths["/ready"]["get"]["responses"]["503"] = response(none_loaded, None)
        paths["/model"]["get"]["responses"]["503"] = response(none_loaded, "Problem")
        text = {"text/plain": {"schema": {"type": "string"}}}
        paths["/metrics"]["get"]["responses"]["200"]["content"] = text
        if state.key is not None:
            scheme = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
            document["components"]["securitySchemes"] = {"key": scheme}
            for operation in (*posts.values(), paths["/model"]["get"]):
                operation["security"] = [{"key": []}]
                operation["responses"]["401"] = response("The key is missing or wrong", "Problem")
        return document

    return describe


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
    names = current.reader.names
    example = {name: current.model.example[name] for name in names}
    many = {"type": "array", "items": row, "minItems": 1, "maxItems": current.reader.max_rows}
    return {
        "schema": {"oneOf": [row, many]},
        "examples": {
            "one row": {"value": example},
            "many rows": {"value": [example, example]},
        },
    }


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
