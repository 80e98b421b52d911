"""Skips tests that meet a function which a lab still has to fill: red means something else."""

import re
from collections.abc import Iterator

import pytest

EMPTY = re.compile(r"NotImplementedError\W+(lab \d+: see labs/\w+/TASK\.md)")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Take an emptied function for a reason to skip, here or in a process that a test began."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if not report.failed:
        return
    texts = [report.longreprtext, *(content for _, content in report.sections)]
    found = [match[1] for match in map(EMPTY.search, texts) if match]
    if found:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, f"Skipped: {found[0]}")
