"""Where a model is fitted: on the cores of this machine, or by the workers of a cluster.

Each choice of the `compute` group is a context: what it gives fits a model, and joblib's work
inside it goes there.
"""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import joblib

from ..model.pipeline import fit_here
from ..tools.errors import Refusal
from .partitions import fit_over_partitions

SECONDS = 10.0  # for a cluster to answer, and for its first worker to be there

Fit = Callable[[Any, Any, Any], Any]  # of a model to features and target


@contextmanager
def local(n_jobs: int) -> Iterator[Fit]:
    """Use this machine's cores; -1 means all of them."""
    with joblib.parallel_config(n_jobs=n_jobs):
        yield fit_here


@contextmanager
def dask(address: str | None, workers: int, partitions: int | None = None) -> Iterator[Fit]:
    """Use a Dask cluster: a running one, or `workers` processes that are started here.

    Args:
        address: of a scheduler, as tcp://host:8786.
        workers: how many to start if there is no address.
        partitions: in how many parts the workers hold the table, to train XGBoost or LightGBM;
            without it they share a search's or an ensemble's fits, and each gets all rows.

    Raises:
        Refusal: if Dask is not installed, or the cluster does not answer or goes away.
    """
    try:
        from distributed import Client
    except ImportError:
        raise Refusal("compute=dask needs an extra; run `make setup EXTRAS=dev,dask`") from None
    if address:
        check_reachable(address, "compute=dask", "tcp://host:8786")
    options = {} if address else {"n_workers": workers, "threads_per_worker": 1}
    with (
        _one_line("compute=dask", address),
        Client(address, timeout=SECONDS, **options) as client,
        joblib.parallel_config("dask"),
    ):
        client.wait_for_workers(1, timeout=SECONDS)
        yield partial(fit_over_partitions, partitions, client) if partitions else fit_here


@contextmanager
def ray(address: str | None, workers: int) -> Iterator[Fit]:
    """Use a Ray cluster: a running one, or `workers` processes that are started here.

    Args:
        address: of a head node, as host:6379.
        workers: how many to start if there is no address.

    Raises:
        Refusal: if Ray is not installed, or the cluster does not answer or goes away.
    """
    try:
        import ray as cluster
        from ray.util.joblib import register_ray
    except ImportError:
        raise Refusal("compute=ray needs an extra; run `make setup EXTRAS=dev,ray`") from None
    if address:
        check_reachable(address, "compute=ray", "host:6379")  # Ray itself waits for minutes
    options = {} if address else {"num_cpus": workers, "include_dashboard": False}
    with _one_line("compute=ray", address):
        cluster.init(address=address, log_to_driver=False, logging_level="error", **options)
        try:
            register_ray()
            with joblib.parallel_config("ray", n_jobs=-1):
                yield fit_here
        finally:
            cluster.shutdown()


def check_reachable(address: str, choice: str, example: str) -> None:
    """Raise a Refusal unless something listens at a cluster's address."""
    found = re.fullmatch(r"(?:\w+://)?\[?([^/]+?)\]?:(\d+)/?", address)
    if not found:
        raise Refusal(f"compute.address={address} is no address; give it as {example}")
    try:
        socket.create_connection((found[1], int(found[2])), timeout=SECONDS).close()
    except (OSError, OverflowError) as error:
        raise Refusal(
            f"{choice}: nothing answers at {address} ({error}); start the cluster, or set "
            "compute.address=null for workers on this machine"
        ) from error


@contextmanager
def _one_line(choice: str, address: str | None) -> Iterator[None]:
    """Turn a cluster's failure into a Refusal, and leave a model's alone."""
    try:
        yield
    except Exception as error:
        if not _of_cluster(error):
            raise
        where = f"the cluster at {address}" if address else "a worker on this machine"
        raise Refusal(
            f"{choice}: {where} does not answer, or went away ({type(error).__name__}: "
            f"{str(error).strip().splitlines()[0] if str(error).strip() else 'no reason given'}); "
            "see its log, then run again"
        ) from error


def _of_cluster(error: BaseException) -> bool:
    """Tell whether an error is one of Dask's or Ray's own, or of the network."""
    kinds = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return bool(kinds & {"distributed", "ray"}) or isinstance(error, OSError | TimeoutError)
