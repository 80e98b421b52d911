"""`/docs` and what it shows: `/openapi.json`, and files that come from nowhere else."""

from pathlib import Path

import fastapi_offline
from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles
from starlette.responses import RedirectResponse
from starlette.routing import Route

from .http import check_caller, json_response
from .log import Log
from .openapi import describe
from .state import State

ASSETS = "/static-offline-docs"


def add_documentation(app: FastAPI, state: State, log: Log | None) -> None:
    """Add `/docs` and `/openapi.json`, which follow the same rule as `/model`.

    Args:
        app: with the routes that FastAPI describes itself.
        state: with the model whose fields are described, and the API key.
        log: with further POST routes, if there is one.
    """

    async def description(request: Request) -> Response:
        check_caller(request.scope, state)
        return json_response(describe(app, state, log))

    async def page(request: Request) -> Response:
        check_caller(request.scope, state)
        root = request.scope.get("root_path", "")
        return get_swagger_ui_html(
            openapi_url=f"{root}/openapi.json",
            title=app.title,
            swagger_js_url=f"{root}{ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{root}{ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{root}{ASSETS}/favicon.png",
        )

    async def home(_: Request) -> Response:
        return RedirectResponse("docs")

    files = Path(fastapi_offline.__file__).with_name("static")
    app.mount(ASSETS, StaticFiles(directory=files))
    for path, answer in (("/openapi.json", description), ("/docs", page), ("/", home)):
        app.router.routes.append(Route(path, answer))
