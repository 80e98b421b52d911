"""Skips tests that meet a function which a lab still has to fill: red means something else."""

import re
from collections.abc import Iterator

import pytest

EMPTY = re.compile(r"lab \d+: see labs/\w+/TASK\.md")  # whatever it was caught and wrapped by


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Take an emptied function for a reason to skip, here or in a process that a test began."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if not report.failed:
        return
    texts = [report.longreprtext, *(content for _, content in report.sections)]
    found = [match[0] for match in map(EMPTY.search, texts) if match]
    if found:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, f"Skipped: {found[0]}")


class Bound:
    """Asks for no coverage where a test was skipped for a lab: the bound is for the end."""

    def __init__(self, config: pytest.Config) -> None:
        """Take the configuration, of which pytest-cov is asked for."""
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Look at a test that was skipped, in whichever process it ran."""
        coverage = self.config.pluginmanager.getplugin("_cov")
        if coverage is not None and report.skipped and EMPTY.search(str(report.longrepr)):
            coverage.options.cov_fail_under = 0


def pytest_configure(config: pytest.Config) -> None:
    """Have the bound follow the labs."""
    config.pluginmanager.register(Bound(config))
