"""A notebook's estimator, its search space and its metric, as the rendered repo has them."""

from idea.models.estimator import Estimator, Unread
from idea.models.estimators import find_estimator, read_estimator, with_sampler
from idea.models.metrics import Score, judged_by

__all__ = [
    "Estimator", "Score", "Unread", "find_estimator", "judged_by", "read_estimator", "with_sampler",
]  # fmt: skip
