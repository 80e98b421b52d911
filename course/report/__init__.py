"""What came of a grading, in the forms that people and programs read."""

from collections.abc import Sequence
from pathlib import Path

from course.copies import Copy
from course.grade import Grades, Handed
from course.lab import Lab
from course.report import classroom, html, junit, moodle


def write(
    into: Path, handed: Handed, labs: Sequence[Lab], grades: Grades, copied: Sequence[Copy]
) -> list[str]:
    """Write grades.html, grades.csv, grades.xml and `results/TEAM.json`; give their names."""
    texts = {
        "grades.html": html.page(handed, labs, grades, copied),
        "grades.csv": moodle.table(handed, labs, grades),
        "grades.xml": junit.document(handed, labs, grades),
    }
    for team in handed.teams:
        texts[f"results/{team}.json"] = classroom.result(team, labs, grades)
    for name, text in texts.items():
        path = into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        new.write_text(text, encoding="utf-8", newline="\n")
        new.replace(path)
    return list(texts)
