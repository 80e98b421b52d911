"""The result of a team as Classroom 50 reads it (`classroom50/result/v1`)."""

import json
from collections.abc import Sequence

from course.grade import Grades
from course.lab import Lab


def result(team: str, labs: Sequence[Lab], grades: Grades) -> str:
    """Write the labs of a team that were judged, each as a test with its score."""
    tests = []
    for lab in labs:
        verdict = grades[team, lab.name]
        if verdict.state == "not judged":
            continue
        passed = verdict.state == "passed"
        tests.append(
            {
                "test-name": f"Lab {lab.number} {lab.title}",
                "passed": passed,
                "score": lab.points if passed else 0,
                "max-score": lab.points,
                "message": verdict.reason,
            }
        )
    content = {"schema": "classroom50/result/v1", "tests": tests}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
