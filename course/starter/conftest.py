"""Skips tests that meet a function which a lab still has to fill: red means something else."""

from collections.abc import Iterator

import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Take a call of an emptied function for a reason to skip."""
    outcome = yield
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, NotImplementedError) and "see labs/" in str(error):
        report = outcome.get_result()  # type: ignore[attr-defined]
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, f"Skipped: {error}")
