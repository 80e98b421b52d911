"""Grades by student, as Moodle imports them: e-mail address and ID number say who it is."""

import csv
import io
from collections.abc import Sequence

from course.grade import Grades, Handed
from course.lab import Lab

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # with which a spreadsheet begins a formula


def table(handed: Handed, labs: Sequence[Lab], grades: Grades) -> str:
    """Write the table; what was not judged has no grade, not a zero."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    titles = [f"Lab {lab.number} {lab.title}" for lab in labs]
    writer.writerow(["Name", "Email address", "ID number", "Team", *titles])
    for student in handed.students:
        points = []
        for lab in labs:
            state = grades[student.team, lab.name].state
            points.append({"passed": str(lab.points), "failed": "0"}.get(state, ""))
        about = (student.name, student.email, student.id, student.team)
        writer.writerow([*map(_plain, about), *points])
    return out.getvalue()


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(DANGEROUS) else text
