"""Checks that dvc.lock matches the code, the parameters and the data: `make lock-check`.

It compares hashes, so it needs no data, and runs nothing.
"""

import sys
from pathlib import Path
from typing import Any

from dvc.repo import Repo
from dvc.repo.reproduce import get_active_graph, plan_repro
from dvc.stage import PipelineStage

LOCK = Path("dvc.lock")


def stale() -> list[str]:
    """The stages that `dvc repro` would run, in its order.

    `dvc repro --dry --allow-missing` fails at the first of them where the data are not here.
    """
    changed: list[Any] = []
    with Repo() as repo, repo.lock:
        graph = get_active_graph(repo.index.graph)
        for stage in plan_repro(graph):
            before = list(graph.successors(stage))
            # What a stage makes may be another thing then, so those that follow run as well.
            if any(one in changed for one in before) or stage.changed(True, before):
                changed.append(stage)
    return [stage.name for stage in changed if isinstance(stage, PipelineStage)]


def main() -> int:
    """Say which stages would run, if any would."""
    if not LOCK.exists():
        print("dvc.lock is not there yet: nothing was trained. Next: make pipeline")
        return 0
    if names := stale():
        print(
            f"dvc.lock is not what the code gives: {', '.join(names)} would run; "
            "`make pipeline`, commit dvc.lock"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
