"""Checks that dvc.lock matches the code, the parameters and the data: `make lock-check`.

It compares hashes, so it needs no data, and runs nothing.
"""

import sys
from pathlib import Path
from typing import Any

import yaml
from dvc.repo import Repo
from dvc.repo.reproduce import get_active_graph, plan_repro
from dvc.stage import PipelineStage

from .errors import Refusal
from .git import git

LOCK = Path("dvc.lock")


def recorded(commit: str) -> dict[str, str]:
    """DVC's hash of each output, by path, as dvc.lock was at a commit."""
    if not git("ls-tree", commit, "--", LOCK.as_posix()):
        return {}
    stages = yaml.safe_load(git("show", f"{commit}:./{LOCK}"))["stages"].values()
    return {out["path"]: out["md5"] for stage in stages for out in stage.get("outs", [])}


def refuse_other_files(commit: str, *paths: Path) -> None:
    """See that files are here as dvc.lock names them at a commit.

    Args:
        commit: whose dvc.lock counts, whatever the one that is here says.
        paths: of outputs of the pipeline.

    Raises:
        Refusal: for the first that is another one.
    """
    names = recorded(commit)
    with Repo() as repo:
        outs = {Path(out.fspath).resolve(): out for out in repo.index.outs}
        for path in paths:
            name, out = path.as_posix(), outs.get(path.resolve())
            if name not in names or out is None:
                raise Refusal(f"dvc.lock names no {name}; run `make pipeline` and commit")
            here = out.get_hash().value if out.exists else None
            if here == names[name]:
                continue
            if out.hash_info.value != names[name]:
                raise Refusal(
                    f"the run that made {name} is not committed; run `git add -A && git commit -m "
                    "'Train'`, then again (or `git restore dvc.lock`, `dvc checkout`)"
                )
            found = "is not here" if here is None else "is not the one that dvc.lock names"
            raise Refusal(f"{name} {found}; run `dvc checkout`, then again")


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
