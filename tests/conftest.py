"""Fixtures: a home of its own for every test run, and renders that tests share."""

import gc
import json
import os
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import jinja2
import pytest
import yaml
from cookiecutter import generate  # type: ignore[import-untyped]

from tests.at_work import bring_into_production
from tests.compiled import remembering
from tests.environment import lend, make_environment
from tests.rendered import EXAMPLES, Rendered, RenderedRepo, render
from tests.shared import Share, once
from tests.warm import ADDRESS, warm_python
from tests.warm_cruft import warm_cruft

# The first makes no use of the shared environment, which the second waits for.
LONGEST = [
    "test_container.py",
    "test_github.py",
    "test_ways.py",
    "test_lifecycle.py",
    "test_notebook_repos.py",
    "test_parts.py",
    "test_engines.py",
    "test_serving.py",
    "test_update.py",
    "test_labs.py",
    "test_make_part.py",
    "test_small_notebooks.py",
    "test_app.py",
    "test_fallback.py",
    "test_load.py",
    "test_make_notebook.py",
    "test_model_files.py",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker is left with it at the end."""

    def turn(item: pytest.Item) -> int:
        slow = item.get_closest_marker("slow") is not None
        if slow and item.path.name in LONGEST:
            return LONGEST.index(item.path.name)
        return len(LONGEST) + (not slow)

    items.sort(key=turn)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays: modules, and thousands of tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the person's own settings of Git and cookiecutter out of every test."""
    folder = tmp_path_factory.mktemp("home")
    packages = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "uv"
    (folder / ".gitconfig").write_text(
        "[user]\n  name = Someone\n  email = someone@example.com\n", encoding="utf-8"
    )
    with pytest.MonkeyPatch.context() as patch:
        # Packages that were downloaded once need not be downloaded again.
        patch.setenv("UV_CACHE_DIR", os.environ.get("UV_CACHE_DIR") or str(packages))
        patch.setenv("HOME", str(folder))
        patch.setenv("USERPROFILE", str(folder))  # as Windows has it
        patch.setenv("XDG_CONFIG_HOME", str(folder / ".config"))
        patch.delenv("COOKIECUTTER_CONFIG", raising=False)
        # Rendered repos import the same libraries, which mypy reads for most of its time, and draw
        # with the same fonts.
        patch.setenv("MYPY_CACHE_DIR", str(folder / "mypy"))
        patch.setenv("MPLCONFIGDIR", str(folder / "matplotlib"))
        # The workers of this run keep the cores busy: threads that wait for one another, and
        # processes for a small table or a rendered repo's own tests, take longer than their work.
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("LOKY_MAX_CPU_COUNT", "1")
        patch.setenv("PYTEST_XDIST_AUTO_NUM_WORKERS", "0")
        patch.setattr(jinja2.Environment, "compile", remembering(jinja2.Environment.compile))
        patch.setattr("cookiecutter.generate.is_binary", cache(generate.is_binary))
        # libyaml reads what is rendered in a tenth of the time.
        patch.setattr(yaml, "SafeLoader", getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        yield folder


@pytest.fixture(scope="session")
def share(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Share:
    """Give a function that makes a folder once for all workers."""
    return partial(once, tmp_path_factory, worker_id)


@pytest.fixture(scope="session")
def rendered(share: Share) -> Rendered:
    """Give a function that renders a repo of a name once for all workers. Tests only read it."""

    def shared(name: str, **answers: str) -> RenderedRepo:
        (path,) = share(name, lambda into: render(into, **answers)).iterdir()
        return RenderedRepo(path)

    return shared


@pytest.fixture(scope="session")
def starter(rendered: Rendered) -> RenderedRepo:
    """Give the repo that no answers render. Tests only read it."""
    return rendered("starter")


@pytest.fixture(scope="session")
def binary(rendered: Rendered) -> RenderedRepo:
    """Give a repo of a binary CSV. Tests only read it."""
    table = EXAMPLES / "seattle-rain" / "seattle_rain.csv"
    return rendered("binary", dataset=str(table), target="rain_tomorrow")


@pytest.fixture(scope="session")
def regression(rendered: Rendered) -> RenderedRepo:
    """Give a repo of a regression CSV. Tests only read it."""
    table = EXAMPLES / "cars" / "cars.csv"
    return rendered("regression", dataset=str(table), target="miles_per_gallon")


@pytest.fixture(scope="session")
def awkward(rendered: Rendered) -> RenderedRepo:
    """Give a repo whose names are as long and as odd as they may be. Tests only read it."""
    return rendered(
        "awkward",
        project_name='Rain & "Wind" $HOME\'s \\ <b>',
        project_slug="a_" + "b" * 36 + "_c",
        package_name="rain",
        github_owner="ACME-Inc",
        __python_version="3.13",
    )


@pytest.fixture(scope="session")
def environment(share: Share, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the environment that is lent to rendered repos. All workers share it."""
    found = (share("environment", make_environment) / "environment" / ".venv").resolve()
    with (
        warm_python(found / "bin" / "python", tmp_path_factory.mktemp("warm")) as address,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv(ADDRESS, address)
        yield found


@pytest.fixture(scope="session")
def cruft_is_warm(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let cruft start and render faster, for modules that use it many times."""
    with warm_cruft(tmp_path_factory.mktemp("cruft")):
        yield


@pytest.fixture(scope="session")
def production(environment: Path, share: Share) -> RenderedRepo:
    """Give a repo whose small forest is v0.0.1, in production. All workers share it: copy it."""

    def make(folder: Path) -> None:
        table = str(EXAMPLES / "seattle-rain" / "seattle_rain.csv")
        repo = render(folder, project_name="Rain", dataset=table, target="rain_tomorrow")
        lend(environment, repo)
        bring_into_production(repo)

    return RenderedRepo(share("production", make) / "rain")


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """Give a small notebook with an awkward name."""
    path = tmp_path / "My first Idea (2).ipynb"
    cell = {"cell_type": "markdown", "metadata": {}, "source": ["# Idea"]}
    path.write_text(
        json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
        encoding="utf-8",
    )
    return path


WriteCsv = Callable[..., Path]


@pytest.fixture
def csv_table(tmp_path: Path) -> WriteCsv:
    """Give a function that writes a CSV of a header and rows, twelve good ones by default."""

    def write(
        name: str = "churn.csv",
        header: str = "age,plan,churn",
        rows: list[str] | None = None,
    ) -> Path:
        lines = (
            rows if rows is not None else [f"{20 + n},basic,{'yes' * (n % 2)}no" for n in range(12)]
        )
        path = tmp_path / name
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return path

    return write
