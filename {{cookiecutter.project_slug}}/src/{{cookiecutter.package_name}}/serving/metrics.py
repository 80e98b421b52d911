"""Metrics for Prometheus, summed over worker processes where there are several."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from ..runtime.served_model import ServedModel
from .settings import checked

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
log = logging.getLogger(__name__)

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where workers leave their counts, as the library wants it


class Metrics:
    """The counts of one process.

    Args:
        more: a file with further metrics, which are shown as they are there.
        looks: the file that is as old as the last look at the registry, if someone follows it.
    """

    def __init__(self, more: Path | None = None, looks: Path | None = None) -> None:
        self.more = more
        self.looks = looks
        self.registry = CollectorRegistry()
        here: dict[str, Any] = {"registry": self.registry}
        self.requests = Counter("requests", "Answered requests", ["path", "status"], **here)
        self.seconds = Histogram(
            "request_seconds", "Time to answer", ["path"], buckets=SECONDS, **here
        )
        self.predictions = Counter(
            "predictions", "Predicted rows", ["prediction", "variant"], **here
        )
        self._predicted: dict[tuple[Any, str], Counter] = {}
        self.unlogged = Counter(
            "log_failures", "Predictions and outcomes that could not be logged", ["kind"], **here
        )
        for kind in ("prediction", "outcome"):  # none is 0, not unknown
            self.unlogged.labels(kind)
        self.reloads = Counter("model_reloads", "Models taken up or refused", ["result"], **here)
        self.model = Gauge(
            "model_info",
            "1 for the model that is being served",
            ["version", "runtime", "variant"],
            multiprocess_mode="livemax",
            **here,
        )
        self.trained = Gauge(
            "model_trained_timestamp_seconds",
            "When the model that is being served was made",
            ["variant"],
            multiprocess_mode="livemax",
            **here,
        )

        if looks:
            self.checked = Gauge(
                "registry_checked_timestamp_seconds",
                "When the registry was last asked for what is in production",
                multiprocess_mode="livemax",
                **here,
            )

    def serves(self, variant: str, model: ServedModel, former: ServedModel | None) -> None:
        """Note the model that is served.

        Args:
            variant: champion or challenger.
            model: that is served from now on.
            former: that it replaces, if any.
        """
        if former:
            self.model.labels(former.version, former.runtime.name, variant).set(0)
        self.model.labels(model.version, model.runtime.name, variant).set(1)
        self.trained.labels(variant).set(model.made)
        self.reloads.labels("served").inc()

    def predicted(self, labels: Mapping[Any, int], variant: str) -> None:
        """Count predicted rows by class; a regression's have none."""
        for label, rows in labels.items():
            counter = self._predicted.get((label, variant))
            if counter is None:  # `labels` takes several times as long
                counter = self.predictions.labels("" if label is None else label, variant)
                self._predicted[label, variant] = counter
            counter.inc(rows)

    def not_logged(self, kind: str, which: str, error: OSError) -> None:
        """Count and say what could not be logged.

        Args:
            kind: prediction or outcome.
            which: of them.
            error: why.
        """
        self.unlogged.labels(kind).inc()
        log.error("%s of %s is not in the log: %s", kind, which, error)

    def text(self) -> bytes:
        """All counts, of all workers, and the metrics in the file."""
        if self.looks:
            self.checked.set(checked(self.looks))
        registry = self.registry
        if FOLDER in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        more = self.more.read_bytes() if self.more and self.more.is_file() else b""
        return generate_latest(registry) + more

    def leave(self) -> None:
        """Forget which model this process served, when it ends."""
        if FOLDER in os.environ:
            mark_process_dead(os.getpid())  # type: ignore[no-untyped-call]
