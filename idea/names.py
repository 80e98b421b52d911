"""Names: which ones are safe as a folder, a package or a file, and the nearest safe one."""

import difflib
import keyword
import re
import sys
from collections.abc import Iterable

from slugify import slugify


def words(text: str) -> frozenset[str]:
    """Split a text into a set of words."""
    return frozenset(text.split())


def snake_case(text: str) -> str:
    """Join the words of any text as in a name of Python: `plan_type` for `Plan Type` or `planType`.

    It is empty if the text has no letter of ASCII and no digit.
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return "_".join(re.findall(r"[A-Za-z0-9]+", apart)).lower()


PYTHON_VERSIONS = ("3.11", "3.12", "3.13", "3.14")

LONGEST = 40

# Windows refuses these as file names, with any suffix.
RESERVED = frozenset(
    ["con", "prn", "aux", "nul"] + [f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)]
)

# Packages that a rendered repo may import, and that a package of the same name would shadow.
DEPENDENCIES = words(
    """
    altair alembic arrow attr attrs boto3 botocore catboost click cloudpickle cookiecutter dask
    dateutil distributed duckdb dvc dvclive evidently fastapi fsspec git gto h5py hydra httpx
    hypothesis imblearn jinja2 joblib jsonschema jupyter keras lightgbm matplotlib mlflow mypy
    nbformat numba numpy omegaconf onnx optuna packaging pandas pandera pickle pip pkg_resources
    plotly pluggy polars prefect prometheus_client psutil pyarrow pydantic pygit2 pytest
    pytest_cov ray requests rich ruff scipy seaborn setuptools shap skl2onnx sklearn skops slugify
    sqlalchemy starlette statsmodels streamlit tensorflow threadpoolctl torch tqdm transformers
    typer typing_extensions urllib3 uv uvicorn virtualenv wandb wheel xgboost yaml
    """
)

# Folders of the rendered repo, and names that tools give a meaning.
FOLDERS = words(
    """
    build conf config data deploy dist docs examples idea models notebooks params reports site
    src test tests
    """
)


def taken(package: str) -> str:
    """Name the thing that a package name would shadow; empty when the name is free."""
    if keyword.iskeyword(package) or keyword.issoftkeyword(package):
        return "a word of the Python language"
    if package in sys.stdlib_module_names:
        return "a module of Python's standard library"
    if package in DEPENDENCIES:
        return "a package that the repo may import"
    if package in FOLDERS:
        return "a folder of the repo"
    if package in RESERVED:
        return "a name that Windows keeps for itself"
    return ""


def slug_for(text: str) -> str:
    """Give a safe folder name for any text: `Ünïcode & Co.` becomes `unicode-co`."""
    slug = str(slugify(text, max_length=LONGEST, word_boundary=True)).strip("-")
    if not slug[:1].isalpha() or slug in RESERVED:
        slug = f"model-{slug}"[:LONGEST].rstrip("-")
    return slug


def package_for(text: str) -> str:
    """Give an importable package name for any text: `1 sklearn` becomes `model_1_sklearn`."""
    package = slug_for(text).replace("-", "_")
    return f"{package}_model" if taken(package) else package


def file_stem_for(stem: str) -> str:
    """Give a file and config name, `[a-z][a-z0-9_]*`, for the stem of any file name."""
    name = str(slugify(stem, separator="_", max_length=LONGEST, word_boundary=True)).strip("_")
    if not name[:1].isalpha() or name in RESERVED:
        name = f"data_{name}".rstrip("_")
    return name


def nearest_first(word: str, names: Iterable[str]) -> list[str]:
    """Sort names by their similarity to a word, the most similar first."""

    def unlike(name: str) -> float:
        return -difflib.SequenceMatcher(None, word.casefold(), name.casefold()).ratio()

    return sorted(names, key=unlike)


def listed(names: Iterable[str], limit: int = 12) -> str:
    """Join names for a message, the first few in full: `a, b, c and 4 more`."""
    shown = list(names)
    more = len(shown) - limit
    return ", ".join(shown[:limit]) + (f" … and {more} more" if more > 0 else "")
