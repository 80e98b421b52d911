"""JUnit's XML, which every CI shows: a suite for each repository, a case for each rule."""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from fleet.audit import Audited
from ml_repo_review.rules import RULES


def suites(audited: list[Audited]) -> str:
    """Give the document."""
    root = Element("testsuites", name="ml-repo-review")
    for repo in audited:
        suite = SubElement(
            root,
            "testsuite",
            name=_plain(repo.name),
            tests=str(len(repo.outcomes)),
            failures=str(len(repo.broken("error"))),
            errors="0",
            skipped=str(sum(not o.counts and o.state != "passed" for o in repo.outcomes)),
        )
        for outcome in repo.outcomes:
            title = RULES[outcome.rule].title if outcome.rule in RULES else "It can be audited."
            case = SubElement(
                suite, "testcase", classname=_plain(repo.name), name=f"{outcome.rule} {title}"
            )
            text = _plain("\n".join(map(str, outcome.findings)))
            if outcome.counts and outcome.level == "error":
                SubElement(case, "failure", message=title, type=outcome.state).text = text
            elif outcome.counts:
                SubElement(case, "system-out").text = f"warning\n{text}"
            elif outcome.state == "waived" and outcome.waiver:
                SubElement(case, "skipped", message=_plain(f"waived: {outcome.waiver['why']}"))
            elif outcome.state == "skipped":
                SubElement(case, "skipped", message="does not apply")
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _plain(text: str) -> str:
    """Leave out what XML can't hold."""
    return "".join(sign for sign in text if sign in "\n\t" or sign.isprintable())
