"""An estimator that learns a transformed target, and answers in the target's own unit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from idea.knowledge.target_transforms import INVERSES
from idea.models.estimator import Estimator
from idea.models.hydra_config import Config
from idea.models.pipelines import pipeline_config
from idea.models.probabilities import PACKAGE

TRANSFORMED = "sklearn.compose.TransformedTargetRegressor"


@dataclass(frozen=True)
class Function:
    """A function of NumPy or SciPy that has an inverse.

    Attributes:
        path: where it is imported from.
    """

    path: str

    def __str__(self) -> str:
        """Name it as a notebook does."""
        return f"`{self.path.rpartition('.')[2]}`"


@dataclass(frozen=True)
class Linear:
    """A change of unit: values become ``factor * value + offset``."""

    factor: float
    offset: float

    def __str__(self) -> str:
        """Write it as a formula."""
        times = f"{self.factor:g} * " if self.factor != 1 else ""
        plus = f" {'+' if self.offset > 0 else '-'} {abs(self.offset):g}" if self.offset else ""
        return f"`{times}value{plus}`"


@dataclass(frozen=True)
class Scaler:
    """A transformer of scikit-learn, which learns from the training rows.

    Attributes:
        name: of its class.
        parameters: as Hydra has them.
    """

    name: str
    parameters: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        """Name its class."""
        return f"`{self.name}`"


Transform = Function | Linear | Scaler


def with_transformed_target(estimator: Estimator, transforms: Sequence[Transform]) -> Estimator:
    """Wrap an estimator so that it learns a transformed target.

    Args:
        estimator: the notebook's.
        transforms: what the notebook does to the target, in order.
    """
    if not transforms or estimator.unread:
        return estimator
    search = estimator.search.renamed("", "regressor__") if estimator.search else None
    config = {
        "_target_": TRANSFORMED,
        "regressor": dict(estimator.config),
        **_parameters(transforms),
    }
    return replace(estimator, config=config, search=search)


def _parameters(transforms: Sequence[Transform]) -> Config:
    """Give the parameters that say how the target is transformed, and turned back."""
    match transforms:
        case [Function() as only]:
            return {"func": _method(only.path), "inverse_func": _method(INVERSES[only.path])}
        case [only]:
            return {"transformer": _step(only)}
    named = [(_name(one), _step(one)) for one in transforms]
    names = [name for name, _ in named]
    steps = [
        (f"{name}_{at + 1}" if names.count(name) > 1 else name, step)
        for at, (name, step) in enumerate(named)
    ]
    return {"transformer": pipeline_config(steps)}


def _name(one: Transform) -> str:
    match one:
        case Function(path):
            return path.rpartition(".")[2]
        case Linear():
            return "unit"
    return one.name.lower()


def _step(one: Transform) -> Config:
    match one:
        case Function(path):
            return {
                "_target_": "sklearn.preprocessing.FunctionTransformer",
                "func": _method(path),
                "inverse_func": _method(INVERSES[path]),
            }
        case Linear(factor, offset):
            target = f"{PACKAGE}.model.preprocess.Linear"
            return {"_target_": target, "factor": factor, "offset": offset}
    return {"_target_": f"sklearn.preprocessing.{one.name}", **dict(one.parameters)}


def _method(path: str) -> Config:
    return {"_target_": "hydra.utils.get_method", "path": path}
