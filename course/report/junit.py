"""Grades as JUnit's XML: a suite for each team, a case for each check."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from course.grade import Grades, Handed
from course.lab import Lab

NO_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(handed: Handed, labs: Sequence[Lab], grades: Grades) -> str:
    """Write the document; what was not judged is an error, not a failure."""
    root = ElementTree.Element("testsuites", name="grades")
    for team in handed.teams:
        suite = ElementTree.SubElement(root, "testsuite", name=team)
        counts = {"tests": 0, "failures": 0, "errors": 0}
        for lab in labs:
            verdict = grades[team, lab.name]
            if verdict.state == "not judged":
                _case(suite, lab.name, "judged", ("error", verdict.reason))
                counts["errors"] += 1
                counts["tests"] += 1
                continue
            for check in verdict.checks:
                _case(
                    suite, lab.name, check.title, None if check.passed else ("failure", check.said)
                )
                counts["failures"] += not check.passed
                counts["tests"] += 1
        for name, count in counts.items():
            suite.set(name, str(count))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ElementTree.Element, lab: str, name: str, wrong: tuple[str, str] | None) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=lab, name=NO_XML.sub("?", name))
    if wrong:
        ElementTree.SubElement(case, wrong[0], message=NO_XML.sub("?", wrong[1]))
