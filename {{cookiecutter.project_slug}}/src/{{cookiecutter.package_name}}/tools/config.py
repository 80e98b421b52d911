"""Compose conf/, and check it: a key, type or value that can't be is refused in one line.

As a command it writes params.yaml, which `dvc repro` reads. With `--check` it only compares, and
exits 1 where they differ.
"""

import difflib
import importlib
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal
{%- if cookiecutter.__data_url %}
from urllib.parse import urlsplit
{%- endif %}

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationError,
)

from .errors import Refusal
from .files import write_text
from .paths import CONF, PARAMS

PACKAGE = __package__.partition(".")[0]
HYDRA_KEYS = ("_target_", "_args_", "_partial_", "_convert_", "_recursive_")
# Those of model/metrics.py, which takes its time to import.
METRICS = {
    "classification": (
        *("accuracy", "average_precision", "balanced_accuracy", "f1", "f1_macro", "f1_weighted"),
        *("neg_brier_score", "neg_log_loss", "precision", "recall", "roc_auc", "roc_auc_ovr"),
    ),
    "regression": (
        *("neg_mean_absolute_error", "neg_median_absolute_error", "neg_root_mean_squared_error"),
        "r2",
    ),
}


class Group(BaseModel):
    """What a group of conf/ may hold. A part has its own in `<group>/settings.py`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _is_tolerance(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_share = isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?%", value)
    if not is_share and not (is_number and value >= 0):
        raise ValueError("should be a number that is not negative, or a share such as 5%")
    return value


Share = Annotated[float, Field(gt=0, lt=1)]
Text = Annotated[str, Field(min_length=1)]
Tolerance = Annotated[Any, AfterValidator(_is_tolerance)]


class Split(Group):
    """How test rows are held back."""

    kind: Literal["random", "stratified", "group", "time", "predefined"]
    column: str | None
    test_size: PositiveFloat
    sample: PositiveInt | None = None


{% if cookiecutter.__cells -%}
class Cells(Group):
    """How the cells of a column are written."""

    strip: bool = False
    na_values: list[str] = []
    marks: list[str] = []
    thousands: Text | None = None
    decimal: Text | None = None
    dates: Text | None = None


{% endif -%}
{% if cookiecutter.__data_url -%}
def _has_no_password(url: str) -> str:
    parts = urlsplit(url)
    written = parts.password is not None or re.search(r"(^|&)(ssl)?password=", parts.query)
    if written or (parts.netloc and "@" in parts.path):  # a slash is in it
        raise ValueError("should hold no password: DATABASE_PASSWORD in the environment is for it")
    return url


class Source(Group):
    """The query that the raw table is a snapshot of."""

    url: Annotated[Text, AfterValidator(_has_no_password)]
    query: Text
    dates: list[str]


{% endif -%}
class Data(Group):
    """See conf/data."""

    path: Text
    format: Literal["csv", "excel", "json", "parquet", "sklearn"]
    read: dict[str, Any]
{%- if cookiecutter.__data_url %}
    source: Source | None
{%- endif %}
{%- if cookiecutter.__cells %}
    na_values: list[str]
    cells: dict[str, Cells]
{%- endif %}
    target: str
    task: Literal["classification", "regression"]
    classes: dict[str | int | bool, int] = {}
    features: list[str] | None
    split: Split


class Model(Group):
    """See conf/model."""

    name: Text
    estimator: dict[str, Any]
    space: dict[str, Any]


class Evaluate(Group):
    """See conf/evaluate/default.yaml."""

    metric: str
    confidence: Share
    resamples: PositiveInt
    slices: list[str]
    coverage: Share | None = None
    threshold: str | None = None
    pack: dict[str, Any] = {}
    plots: dict[str, Any] | None = None
    seal: dict[str, Any] = {}


class Gate(Group):
    """See conf/gate/default.yaml."""

    metric: str
    minimum: dict[str, float]
    tolerance: Tolerance
    confidence: Annotated[float, Field(ge=0.5, lt=1)]
    resamples: Annotated[int, Field(ge=20)]
    checks: dict[str, Any] = {}
    accept_noticed: dict[str, Text] = {}
{%- if cookiecutter.__notebook %}
    accept_differences: Text | None = None


class Parity(Group):
    """How the notebook is run as far as its fit."""

    seconds: PositiveFloat
{%- endif %}


class Loading(Group):
    """What opening a model folder may take, and must pass."""

    seconds: PositiveFloat
    memory: PositiveInt
    checks: dict[str, Any] = {}


class Run(Group):
    """The values of conf/config.yaml itself."""

    title: str
    name: Text
    seed: Annotated[int, Field(ge=0, lt=2**32)]


CORE: dict[str, type[Group]] = {
    "data": Data,
    "evaluate": Evaluate,
    "gate": Gate,
    "loading": Loading,
    "model": Model,
{%- if cookiecutter.__notebook %}
    "parity": Parity,
{%- endif %}
}


def composed(overrides: Sequence[str] = ()) -> DictConfig:
    """The resolved configuration, without the folders that Hydra makes for a job.

    Raises:
        Refusal: if it holds what can't be.
    """
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", list(overrides))
    check(cfg)
    OmegaConf.resolve(cfg)
    return cfg


def overridden(overrides: Sequence[str]) -> DictConfig:
    """The configuration with overrides that someone typed.

    Raises:
        Refusal: if an override does not fit.
    """
    try:
        return composed(overrides)
    except (HydraException, OmegaConfBaseException) as error:
        raise Refusal(explained(error)) from None


def explained(error: Exception) -> str:
    """What Hydra or OmegaConf can't compose, in one line that names what is nearest."""
    first, _, rest = str(error).strip().partition("\n")
    if key := re.search(r"Could not override '([^']+)'", first):
        GlobalHydra.instance().clear()
        if (CONF / key[1]).is_dir():  # of params.yaml, in which the group's choice is made
            return f"{key[1]} is chosen in conf/config.yaml; then run `make params`"
        near = _nearest(key[1], _keys(OmegaConf.to_container(composed())))
        return f"there is no {key[1]}{near}; an option looks like seed=7"
    if choice := re.search(r"Could not find '(\w+)/([^']+)'", first):
        choices = re.findall(r"^\t(\w+)$", rest, re.MULTILINE)
        return f"there is no {choice[1]}={choice[2]}; there are {', '.join(choices)}"
    return f"{first}; an option looks like seed=7"


def check(cfg: DictConfig, options: Iterable[str] = ()) -> None:
    """Check every group, whoever composed it.

    Args:
        cfg: the composed configuration.
        options: further keys, of the command.

    Raises:
        Refusal: naming the first key or value that can't be.
    """
    try:
        content: Any = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise Refusal(str(error).splitlines()[0]) from None
    groups = [folder.name for folder in CONF.iterdir() if folder.is_dir()]
    known = [*Run.model_fields, *CORE, *groups, *options]
    for name in content:
        if name not in known:
            raise Refusal(f"there is no {name}{_nearest(name, known)}")
    _check(Run, {name: content[name] for name in Run.model_fields if name in content}, "")
    for name, group in content.items():
        if schema := _schema(name):
            _check(schema, group, name)
    for where in ("evaluate", "gate"):
        metric = content[where]["metric"]
        _check_metric(metric, f"{where}.metric is {metric!r}", content["data"]["task"])
    for metric in content["gate"]["minimum"]:
        _check_metric(metric, f"there is no gate.minimum.{metric}", content["data"]["task"])


def check_targets(cfg: DictConfig) -> None:
    """Check that every function of the configuration takes what is beside its name.

    It imports them all; those of extras that are not installed are left out.

    Raises:
        Refusal: naming the first argument that its function does not take.
    """
    for path, node in _targets(OmegaConf.to_container(cfg, resolve=True), ""):
        try:
            parameters = inspect.signature(get_object(node["_target_"])).parameters
        except (ImportError, ValueError):
            continue
        except Exception as error:  # as Hydra wraps whatever importing raises
            if isinstance(error.__cause__, ImportError):
                continue
            raise Refusal(f"{path}._target_: {str(error).splitlines()[0]}") from None
        if any(one.kind is one.VAR_KEYWORD for one in parameters.values()):
            continue
        for name in node:
            if name not in (*parameters, *HYDRA_KEYS):
                raise Refusal(
                    f"there is no {path}.{name}{_nearest(name, parameters, f'{path}.')}: "
                    f"{node['_target_']} does not take it"
                )


def _schema(name: str) -> type[Group] | None:
    """The schema of a group; None where a function says what it takes, or it is of your own."""
    if name in CORE:
        return CORE[name]
    if not (Path(__file__).parents[1] / name / "settings.py").is_file():
        return None
    found: type[Group] = importlib.import_module(f"{PACKAGE}.{name}.settings").Group
    return found


def _check(schema: type[Group], content: Any, name: str) -> None:
    try:
        schema.model_validate(content)
    except ValidationError as error:
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        *above, last = path = _path(first["loc"], content)
        full = ".".join(map(str, ([name] if name else []) + path))
        if first["type"] == "extra_forbidden":
            prefix = full.removesuffix(str(last))
            known = _fields(schema, above)
            raise Refusal(f"there is no {full}{_nearest(str(last), known, prefix)}") from None
        if first["type"] == "missing":
            raise Refusal(f"{full} is not set") from None
        message = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
        raise Refusal(f"{full} is {first['input']!r}: it {message}") from None


def _path(loc: Sequence[Any], content: Any) -> list[Any]:
    """The keys of an error's place, without the names that pydantic adds for alternatives."""
    path = []
    for part in loc:
        path.append(part)
        is_item = isinstance(content, list) and isinstance(part, int)
        if is_item or (isinstance(content, dict) and part in content):
            content = content[part]
        else:
            return path if isinstance(content, dict) else path[:-1]
    return path


def _fields(schema: type[BaseModel], path: Sequence[Any]) -> list[str]:
    for part in path:
        kind = schema.model_fields[part].annotation
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            return []
        schema = kind
    return list(schema.model_fields)


def compose_params(arguments: list[str]) -> int:
    """Write params.yaml, or with `--check` say whether it is what conf/ composes."""
    try:
        cfg = composed()
        if "--check" in arguments:
            check_targets(cfg)
    except (Refusal, HydraException, OmegaConfBaseException) as error:
        print(f"Refused: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    text = OmegaConf.to_yaml(cfg)
    if PARAMS.exists() and PARAMS.read_text(encoding="utf-8") == text:
        return 0
    if "--check" in arguments:
        print("params.yaml is not what conf/ composes: run `make params` and commit it")
        return 1
    write_text(PARAMS, text)
    print("params.yaml composed from conf/")
    return 0


def _check_metric(name: str, said: str, task: str) -> None:
    known = METRICS[task]
    if name not in known:
        raise Refusal(f"{said}{_nearest(name, known)}; metrics of a {task}: {', '.join(known)}")


def _nearest(name: str, known: Iterable[str], prefix: str = "") -> str:
    near = difflib.get_close_matches(name, list(known), 1, 0.5)
    return f" (do you mean {prefix}{near[0]}?)" if near else ""


def _keys(content: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(content, dict):
        for name, value in content.items():
            yield f"{prefix}{name}"
            yield from _keys(value, f"{prefix}{name}.")


def _targets(content: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(content, list):
        for number, item in enumerate(content):
            yield from _targets(item, f"{path}[{number}]")
    elif isinstance(content, dict):
        if "_target_" in content:
            yield path, content
        for name, value in content.items():
            yield from _targets(value, f"{path}.{name}" if path else name)


if __name__ == "__main__":
    sys.exit(compose_params(sys.argv[1:]))
