"""No tracker: reports/ and models/candidate/ say what there is to say."""

from .run import Run


def log_run(run: Run) -> None:
    """Record nothing."""
