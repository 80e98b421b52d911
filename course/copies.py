"""Lists functions that two teams wrote nearly alike, to be looked at by a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path

from course.functions import normalised
from course.git import run

FEWEST = 25  # words of a function that two people don't write alike by chance
ALIKE = 0.95  # the share of words from which a pair is listed
SOLUTION = "the solution"


@dataclass(frozen=True)
class Copy:
    """A function that two teams wrote alike; one of both may be the solution.

    Attributes:
        share: of their words that are the same in the same order.
    """

    function: str
    first: str
    second: str
    share: float


def copies(
    repos: Mapping[str, tuple[Path, str]],
    functions: Mapping[str, list[str]],
    solution: Path,
    starter: Path,
) -> list[Copy]:
    """Compare the emptied functions of all teams, whatever their names, comments and layout.

    Args:
        repos: repository and commit of each team.
        functions: that were emptied, by their file.
        solution: of the course.
        starter: of the course; who wrote nothing copied nothing.

    Returns:
        The pairs, the most alike first.
    """
    found = []
    for path, names in functions.items():
        texts = {team: _text(repo, commit, path) for team, (repo, commit) in repos.items()}
        texts[SOLUTION] = _text(solution, "HEAD", path)
        empty = _text(starter, "HEAD", path)
        for name in names:
            nothing = normalised(empty, name)
            words = {team: normalised(text, name) for team, text in texts.items()}
            long = {t: w for t, w in words.items() if len(w) >= FEWEST and w != nothing}
            for one, two in combinations(long, 2):
                share = _share(long[one], long[two])
                if share >= ALIKE:
                    found.append(Copy(f"{path}: {name}", one, two, share))
    return sorted(found, key=lambda copy: (-copy.share, copy.function, copy.first, copy.second))


def _share(one: list[str], two: list[str]) -> float:
    if one == two:
        return 1.0
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    # A cheap upper bound first: most pairs have little in common.
    return matcher.ratio() if matcher.quick_ratio() >= ALIKE else 0.0


def _text(repo: Path, commit: str, path: str) -> str:
    return run(repo, "show", f"{commit}:{path}").stdout
