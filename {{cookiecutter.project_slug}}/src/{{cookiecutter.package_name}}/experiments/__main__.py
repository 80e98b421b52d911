"""Train and evaluate in one process: `python -m … -m model=dummy,random_forest`.

With -m there is a job for each combination, in a folder of its own below multirun/.
"""

from omegaconf import DictConfig

from ..stages.evaluate import evaluate
from ..stages.train import train
from ..tools.command import command, output_root


@command
def main(cfg: DictConfig) -> float:
    """Run one experiment.

    Returns:
        The score by `evaluate.metric`, greater is better, for Hydra's sweepers.
    """
    root = output_root()
    train(cfg, root)
    return evaluate(cfg, root)[cfg.evaluate.metric]


if __name__ == "__main__":
    main()
