"""A fitted pipeline as a file that runs no stranger's code when it is opened.

The format is skops: a zip of JSON and NumPy arrays. Only the types named here, and this
repository's own, are ever made from such a file.
"""

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

import numpy as np
import skops.io
from sklearn.pipeline import Pipeline

from ..tools.errors import Refusal
from ..tools.files import replacing

# Beyond what skops trusts by itself. Read what a type does before you add it.
TRUSTED = {
    "collections.OrderedDict",
    "catboost.core.CatBoostClassifier",
    "catboost.core.CatBoostRegressor",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRegressor",
    "numpy.dtype",
    "sklearn._loss.link.Interval",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.feature_selection._mutual_info.mutual_info_classif",
    "sklearn.feature_selection._mutual_info.mutual_info_regression",
    "sklearn.feature_selection._univariate_selection.chi2",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.feature_selection._univariate_selection.f_regression",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.ManhattanDistance64",
    "sklearn.metrics._dist_metrics.MinkowskiDistance64",
    "sklearn.model_selection._split.KFold",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
    "xgboost.sklearn.XGBRegressor",
}
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can hold


def save_pipeline(pipeline: Pipeline, path: Path) -> None:
    """Write a pipeline; the same pipeline always gives the same bytes.

    Raises:
        Refusal: if it holds a type that `load_pipeline` would not make.
    """
    content = _canonical(skops.io.dumps(pipeline))
    trusted_types(BytesIO(content), path)
    with replacing(path) as new:
        new.write_bytes(content)


def load_pipeline(path: Path) -> Pipeline:
    """Read a pipeline.

    Raises:
        Refusal: if the file is missing, damaged, or holds types that are not trusted.
    """
    if not path.exists():
        raise Refusal(f"{path} is not there; run `make pipeline`")
    try:
        return skops.io.load(path, trusted=trusted_types(path, path))
    except (BadZipFile, KeyError, ValueError, OSError) as error:
        raise Refusal(f"{path} is damaged ({error}); `dvc checkout` brings it back") from None


def trusted_types(file: Any, path: Path) -> list[str]:
    """The types in a file, or in what would be written to `path`, beyond those skops trusts itself.

    Raises:
        Refusal: if this repository does not trust them either.
    """
    found = skops.io.get_untrusted_types(file=file)
    own = __package__.partition(".")[0] + "."
    strange = [t for t in found if t not in TRUSTED and not t.startswith(own)]
    if strange:
        raise Refusal(
            f"{path} holds types that are not trusted: {', '.join(strange)}; "
            f"if you know what they do, add them to TRUSTED in {__name__}"
        )
    return list(found)


def _canonical(content: bytes) -> bytes:
    """The same archive without what differs by chance: memory addresses, random names, dates."""
    source = ZipFile(BytesIO(content))
    numbers: dict[str, int] = {}

    def number(name: str) -> int:
        return numbers.setdefault(name, len(numbers))

    def renamed(node: Any) -> Any:
        if isinstance(node, list):
            return [renamed(child) for child in node]
        if not isinstance(node, dict):
            return node
        changed = {key: renamed(child) for key, child in node.items()}
        if "__id__" in node:
            changed["__id__"] = number(str(node["__id__"]))
        if isinstance(node.get("file"), str):
            stem, _, suffix = node["file"].rpartition(".")
            changed["file"] = f"{number(stem)}.{suffix}"
        return changed

    schema = renamed(json.loads(source.read("schema.json")))
    files = {"schema.json": json.dumps(schema, indent=1).encode()}
    for name in source.namelist():
        stem, _, suffix = name.rpartition(".")
        if name != "schema.json":
            files[f"{number(stem)}.{suffix}"] = _without_padding(source.read(name), suffix)
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        for name, data in sorted(files.items()):
            archive.writestr(ZipInfo(name, EPOCH), data)
    return target.getvalue()


def _without_padding(data: bytes, suffix: str) -> bytes:
    """A structured array's bytes with zeros between its fields, where memory may hold anything."""
    if suffix != "npy":
        return data
    array = np.load(BytesIO(data), allow_pickle=False)
    if array.dtype.names is None:
        return data
    body = bytearray(array.nbytes)
    clean = np.ndarray(array.shape, array.dtype, buffer=body)
    for field in array.dtype.names:
        clean[field] = array[field]
    return data[: -len(body)] + body
