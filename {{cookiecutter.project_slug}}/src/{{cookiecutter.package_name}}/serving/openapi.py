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


def describing(app: FastAPI, state: State) -> Callable[[], dict[str, Any]]:
    """What FastAPI calls to describe the application."""

    def describe() -> dict[str, Any]:
        document = get_openapi(title=app.title, version=_version(state), routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = _PROBLEM
        schemas["Answer"] = _ANSWER
        predict = document["paths"]["/predict"]["post"]
        predict["responses"] = {
            "200": _response("The predictions, in the order of the rows", "Answer"),
            **{code: _response(text, "Problem") for code, text in _PROBLEMS.items()},
        }
        keyed = [predict, document["paths"]["/model"]["get"]]
        for operation in keyed:
            if "security" in operation:
                operation["responses"]["401"] = _response("The key is missing or wrong", "Problem")
        for path in ("/ready", "/model"):
            responses = document["paths"][path]["get"]["responses"]
            responses["503"] = _response(_PROBLEMS["503"], "Problem" if path == "/model" else None)
        text = {"text/plain": {"schema": {"type": "string"}}}
        document["paths"]["/metrics"]["get"]["responses"]["200"]["content"] = text
        predict["requestBody"] = {"required": True, "content": {"application/json": {}}}
        if state.current:
            schemas["Row"] = state.current.reader.json_schema()
            predict["requestBody"]["content"]["application/json"] = _body(state.current)
        return document

    return describe


def _version(state: State) -> str:
    return state.current.model.version if state.current else "none"


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
