"""The description of the API, with the fields and an example of the model that is served."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from .state import Current, State

_PROBLEMS = {
    "400": "The body is no JSON, or no rows",
    "413": "The body is too large, or has too many rows",
    "415": "The body is not application/json",
    "422": "A value is not as the schema says: which row and field, and what was expected",
    "503": "No model is loaded",
}


def describing(app: FastAPI, state: State, keyed: bool) -> Callable[[], dict[str, Any]]:
    """What FastAPI calls to describe the application."""

    def describe() -> dict[str, Any]:
        version = state.current.model.version if state.current else "none"
        document = get_openapi(title=app.title, version=version, routes=app.routes)
        posts = {"/predict": _predict(state.current), "/feedback": _feedback()}
        paths = {**{path: {"post": post} for path, post in posts.items()}, **document["paths"]}
        document["paths"] = paths
        document["components"] = {"schemas": {"Problem": _PROBLEM, "Answer": _ANSWER}}
        if state.current:
            document["components"]["schemas"]["Row"] = state.current.reader.json_schema()
        none_loaded = "No model is loaded"
        paths["/ready"]["get"]["responses"]["503"] = _response(none_loaded, None)
        paths["/model"]["get"]["responses"]["503"] = _response(none_loaded, "Problem")
        text = {"text/plain": {"schema": {"type": "string"}}}
        paths["/metrics"]["get"]["responses"]["200"]["content"] = text
        if keyed:
            scheme = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
            document["components"]["securitySchemes"] = {"key": scheme}
            for operation in (*posts.values(), paths["/model"]["get"]):
                operation["security"] = [{"key": []}]
                operation["responses"]["401"] = _response("The key is missing or wrong", "Problem")
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
            "200": _response("The predictions, in the order of the rows", "Answer"),
            **{code: _response(text, "Problem") for code, text in _PROBLEMS.items()},
        },
    }


def _feedback() -> dict[str, Any]:
    truth = {
        "type": "object",
        "required": ["id", "actual"],
        "properties": {"id": {"type": "string"}, "actual": {}},
    }
    either = {"oneOf": [truth, {"type": "array", "items": truth}]}
    codes = ("404", "413", "415", "422", "503")
    texts = _PROBLEMS | {"404": "There is no log to add to", "422": "An actual that can't be"}
    return {
        "summary": "Feedback",
        "description": "What turned out to be true. An id is the request's, a dot, the row: 7f3a.0",
        "operationId": "feedback",
        "requestBody": {"required": True, "content": {"application/json": {"schema": either}}},
        "responses": {
            "200": _response("How many were taken into the log", None),
            **{code: _response(texts[code], "Problem") for code in codes},
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


def _response(text: str, schema: str | None) -> dict[str, Any]:
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
