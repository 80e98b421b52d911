"""Stage 4: fit the pipeline on the training rows, after a search if one is configured."""

import logging
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from sklearn.pipeline import Pipeline

from ..data.schema import Schema
from ..data.tables import read_table
from ..model.metrics import scorer
from ..model.model_file import save_pipeline
from ..model.pipeline import build_pipeline, fit_here, inputs, with_threshold
from ..packing import write_hashes
from ..tools.command import command, output_root
from ..tools.errors import Refusal, brief, failed_step
from ..tools.files import write_json
from ..tools.paths import REPORTS, TRAIN, TRAINED

log = logging.getLogger(__name__)


def fit(cfg: DictConfig) -> tuple[Pipeline, dict[str, Any]]:
    """Fit the configured pipeline.

    Returns:
        The fitted pipeline, and what the search found (empty without one).
    """
    schema = Schema.load()
    table = read_table(TRAIN)
    X, y = inputs(table, schema)
    log.info("fitting %s to %d rows, %d columns", cfg.model.name, *X.shape)
    space = OmegaConf.to_container(cfg.model.space)
    scoring = scorer(cfg.evaluate.metric, schema.positive)
    model = build_pipeline(cfg, schema)
    if "search" in cfg:
        model = instantiate(cfg.search, _partial_=True)(model, space, scoring, cfg.seed)
    with instantiate(cfg.compute) if "compute" in cfg else nullcontext(fit_here) as fit_model:
        try:
            fit_model(model, X, y)
        except (TypeError, ValueError) as error:
            if failed_step(error):
                raise
            if "NaN" not in str(error):
                raise Refusal(
                    f"model={cfg.model.name} can't be fitted to what features.py gives "
                    f"({brief(error)}); correct conf/model/{cfg.model.name}.yaml or features.py"
                ) from error
            raise Refusal(
                f"model={cfg.model.name} takes no missing values; use features=default, "
                "which fills them in"
            ) from error
        found = {}
        if hasattr(model, "best_params_"):
            found = {"score": model.best_score_, "parameters": model.best_params_}
            log.info("the search settled on %s (%.4f)", found["parameters"], found["score"])
            model = model.best_estimator_
        return with_threshold(model, table, cfg, schema), found


def train(cfg: DictConfig, root: Path = Path()) -> None:
    """Fit, and leave models/trained/ with the pipeline and the search's result."""
    began = time.monotonic()
    model, found = fit(cfg)
    write_json(root / REPORTS / "training.json", {"seconds": round(time.monotonic() - began, 3)})
    save_pipeline(model, root / TRAINED / "pipeline.skops")
    write_json(root / TRAINED / "search.json", found)
    write_hashes(root / TRAINED)
    log.info("%s", root / TRAINED)


@command
def main(cfg: DictConfig) -> None:
    """Train."""
    train(cfg, output_root())


if __name__ == "__main__":
    main()
