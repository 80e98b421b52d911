"""Where the work of a search runs, when it is not on this machine's cores alone."""

from collections.abc import Iterator
from contextlib import contextmanager

import joblib

from ..tools.errors import Refusal


@contextmanager
def dask(address: str | None, workers: int) -> Iterator[None]:
    """Send joblib's work to a Dask cluster: a running one, or `workers` processes started here.

    Raises:
        Refusal: if Dask is not installed.
    """
    try:
        from distributed import Client
    except ImportError:
        raise Refusal("compute=dask needs an extra; run `make setup EXTRAS=dev,dask`") from None
    options = {} if address else {"n_workers": workers, "threads_per_worker": 1}
    with Client(address, **options), joblib.parallel_config("dask"):
        yield
