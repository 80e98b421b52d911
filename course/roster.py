"""Reads who is in a cohort: the course's own CSV, Moodle's, or Classroom 50's."""

import csv
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from course.mistakes import Mistake

TEAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
FORMS = (
    "team,name,email (and username,id); or Moodle's First name,Last name,Email address (and "
    "ID number,Groups); or Classroom 50's username,first_name,last_name,email,section,github_id"
)


@dataclass(frozen=True)
class Student:
    """One person of a cohort.

    Attributes:
        team: whose repository is theirs; a name that a folder can have.
        email: by which Moodle knows them.
        username: on a Git host; empty where unknown.
        id: Moodle's ID number; empty where unknown.
    """

    team: str
    name: str
    email: str
    username: str = ""
    id: str = ""


def read_roster(path: Path) -> list[Student]:
    """Read the students of a cohort.

    A team is the column `team`, else Moodle's first group, else each student is one.

    Raises:
        Mistake: with the file, the line, and what to write there.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError:
        raise Mistake(f"{path} is not there") from None
    except UnicodeDecodeError:
        raise Mistake(f"{path} is not UTF-8; save it as CSV UTF-8") from None
    if not lines:
        raise Mistake(f"{path} is empty; its first line is {FORMS}")
    delimiter = max(",;\t", key=lines[0].count)
    reader = csv.reader(lines, delimiter=delimiter)
    header = [word.strip().lower() for word in next(reader)]
    students = []
    for row in reader:
        if any(cell.strip() for cell in row):
            cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
            students.append(_student(cells, f"{path}:{reader.line_num}", path))
    if not students:
        raise Mistake(f"{path} names no student")
    _distinct(students, path)
    return students


def teams_of(students: list[Student]) -> list[str]:
    """Name the teams, each once, in the roster's order."""
    return list(dict.fromkeys(student.team for student in students))


def _student(cells: dict[str, str], place: str, path: Path) -> Student:
    if "email address" in cells:
        name = f"{cells.get('first name', '')} {cells.get('last name', '')}".strip()
        email, number = cells["email address"], cells.get("id number", "")
        groups = cells.get("groups") or cells.get("group") or ""
        team = _slug(re.split(r"[,;]", groups)[0]) or _slug(email.partition("@")[0])
        username = cells.get("username", "")
    elif "github_id" in cells or ("username" in cells and "first_name" in cells):
        name = f"{cells.get('first_name', '')} {cells.get('last_name', '')}".strip()
        email, number, username = cells.get("email", ""), "", cells["username"]
        team = _slug(username)
    elif {"team", "email"} <= set(cells):
        name, email = cells.get("name", ""), cells["email"]
        number, username, team = cells.get("id", ""), cells.get("username", ""), ""
    else:
        raise Mistake(f"{path}:1: the columns are those of no roster; write {FORMS}")
    team = cells.get("team") or team
    if not TEAM.fullmatch(team):
        raise Mistake(f"{place}: the team is {team!r}; write letters, digits, - and _")
    if "@" not in email:
        raise Mistake(f"{place}: the e-mail address is {email!r}; write one such as ada@x.org")
    return Student(team, name or email, email, username, number)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_-]+", "-", plain).strip("-_")


def _distinct(students: list[Student], path: Path) -> None:
    """Refuse a person who stands twice, and teams whose folders would be one on some machines."""
    emails = [student.email.lower() for student in students]
    for email in emails:
        if emails.count(email) > 1:
            raise Mistake(f"{path}: {email} stands twice; one person is in one team")
    known: dict[str, str] = {}
    for team in teams_of(students):
        if known.setdefault(team.lower(), team) != team:
            raise Mistake(f"{path}: {known[team.lower()]} and {team} differ in case only")
