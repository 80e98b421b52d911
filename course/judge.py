"""Runs the checks of a lab; the grader starts it as a script of its own, with `python -I`.

No team's code runs in this process, and what it found goes out under a key that only the grader and
it know.
"""

import json
import os
import sys

import pytest


class Found:
    """What became of each check.

    Attributes:
        only: the name of the one check that is to run; empty: all run.
        checks: name, title, outcome and what was said, by the order in which they ran.
        broken: why a check could not run, which is no team's fault.
    """

    def __init__(self, only: str) -> None:
        """Begin with nothing."""
        self.only = only
        self.checks: list[dict[str, str]] = []
        self.broken: list[str] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what is not to run."""
        if self.only:
            items[:] = [item for item in items if item.name.partition("[")[0] == self.only]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take down a check, or that its preparation failed."""
        if report.when == "call" and not report.skipped:
            told = {str(key): str(value) for key, value in report.user_properties}
            self.checks.append({"name": report.nodeid, "outcome": report.outcome, **told})
        elif report.failed or report.skipped:
            self.broken.append(f"{report.nodeid}: {report.longrepr}"[-2000:])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Take down that a file of checks could not be read."""
        if report.failed:
            self.broken.append(f"{report.nodeid}: {report.longrepr}"[-2000:])


def main(folder: str, teams: list[list[str]]) -> None:
    """Run the checks of a folder on a repository, or on several, each until a check fails.

    Args:
        folder: of the checks.
        teams: the folder of each repository, and the one check that is to run (empty: all).
    """
    key = sys.stdin.readline().strip()
    options = [folder, f"--confcutdir={folder}", f"--rootdir={folder}", "-c", os.devnull]
    options += ["-p", "no:cacheprovider", "--tb=short", "--quiet", "--import-mode=importlib"]
    options += ["--exitfirst"] if len(teams) > 1 else []
    for team, only in teams:
        os.environ["LABS_TEAM"] = team
        found = Found(only)
        code = pytest.main(options, plugins=[found])
        sys.stdout.flush()
        told = {"code": int(code), "checks": found.checks, "broken": found.broken}
        print(key + json.dumps(told), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
