"""A cohort's folder: a bare repository for each team, and cohort.json beside them.

Where the teams' repositories are on GitHub, those in the folder are what was brought from there.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from course.git import git, tip
from course.mistakes import Mistake
from course.roster import Student, teams_of

HOOK = """\
#!/bin/sh
# When what was received, whatever the dates of its commits say.
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
while read -r old new ref; do
  echo "$now $old $new $ref" >> received.log
done
"""
SETTINGS = {
    "receive.denyNonFastForwards": "true",
    "receive.denyDeletes": "true",
    "receive.autogc": "false",  # what was received once can be fetched for ever
    "gc.auto": "0",
    "uploadpack.allowAnySHA1InWant": "true",
}


@dataclass(frozen=True)
class Cohort:
    """Who was handed what, and where.

    Attributes:
        folder: that holds `TEAM.git` for each team.
        first: the commit that all teams begin with.
        github: the organisation whose repositories they are; empty: those in the folder.
    """

    folder: Path
    first: str
    students: tuple[Student, ...]
    github: str = ""

    @property
    def teams(self) -> list[str]:
        """Names of the teams."""
        return teams_of(list(self.students))

    def repo(self, team: str) -> Path:
        """Give the bare repository of a team."""
        return self.folder / f"{team}.git"


def hand_out(
    students: list[Student], starter: Path, folder: Path, org: str = ""
) -> tuple[Cohort, list[str]]:
    """Give each team that has none yet a bare repository with the starter.

    Args:
        students: of the cohort; late ones are added by a second call.
        starter: a repository; its first commit is the first of all teams.
        folder: of the cohort.
        org: of GitHub, whose repositories they will be; empty: the folder's.

    Returns:
        The cohort, and the teams that got a repository now.

    Raises:
        Mistake: the folder belongs to another course, or a repository could not be made.
    """
    first = git(starter, "rev-list", "--max-parents=0", "main").split()[-1]
    if (folder / "cohort.json").is_file():
        known = read_cohort(folder)
        if known.first != first:
            raise Mistake(f"{folder} was handed out from another starter; name another folder")
        if known.github != org:
            where = f"gh:{known.github}" if known.github else "the folder itself"
            raise Mistake(f"{folder} was handed out to {where}; name that, or another folder")
        absent = set(known.teams) - set(teams_of(students))
        if absent:
            raise Mistake(
                f"the roster is without {', '.join(sorted(absent))}, who have repositories"
            )
    elif folder.exists() and any(folder.iterdir()):
        raise Mistake(f"{folder} is there and holds no cohort; name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    cohort = Cohort(folder, first, tuple(students), org)
    new = [team for team in cohort.teams if not cohort.repo(team).exists()]
    for team in new:
        _make(starter, cohort.repo(team))
    content = {
        "first": first,
        "students": [asdict(student) for student in students],
        **({"github": org} if org else {}),
    }
    write_json(folder / "cohort.json", content)
    return cohort, new


def _make(starter: Path, repo: Path) -> None:
    making = repo.with_name(f".{repo.name}.new")
    if making.exists():
        raise Mistake(f"{making} is left of a hand-out that was ended; remove it, then again")
    git(starter, "clone", "--quiet", "--bare", "--no-hardlinks", "--", ".", str(making.resolve()))
    git(making, "remote", "remove", "origin")
    for key, value in SETTINGS.items():
        git(making, "config", key, value)
    hook = making / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK, encoding="utf-8", newline="\n")
    hook.chmod(0o755)
    making.rename(repo)


def read_cohort(folder: Path) -> Cohort:
    """Read what was handed out.

    Raises:
        Mistake: the folder holds no cohort.
    """
    try:
        content = json.loads((folder / "cohort.json").read_text(encoding="utf-8"))
        students = tuple(Student(**each) for each in content["students"])
        return Cohort(folder, content["first"], students, content.get("github", ""))
    except (OSError, ValueError, KeyError, TypeError):
        raise Mistake(f"{folder} holds no cohort; make it with `hand-out`") from None


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file whole, or not at all."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(path)


def moment(text: str) -> datetime:
    """Read a time; without a zone it is one of this machine.

    Raises:
        Mistake: it is none.
    """
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise Mistake(f"{text!r} is no time; write one such as 2026-11-30T18:00+01:00") from None


def main_of(repo: Path) -> str | None:
    """Give the newest commit of a repository's main branch; None where it has none."""
    return tip(repo) if repo.is_dir() else None
