"""The labs of a course as one page of Markdown: what each takes, and its task."""

from collections.abc import Iterator, Sequence

from course.lab import Lab

HEAD = """\
# Labs

Made by `python -m course page` from `course/labs/`.
"""


def page(labs: Sequence[Lab]) -> str:
    """Write the page; the tasks' headings go down by one level."""
    return "\n".join([HEAD, *_table(labs), "", *map(_task, labs)]).rstrip() + "\n"


def _table(labs: Sequence[Lab]) -> Iterator[str]:
    yield "| lab | minutes | points | parts | functions to write |"
    yield "| --- | --- | --- | --- | --- |"
    for lab in labs:
        functions = ", ".join(f"`{name}`" for names in lab.empty.values() for name in names)
        about = (f"{lab.number} {lab.title}", lab.minutes, lab.points, ", ".join(lab.parts))
        yield f"| {' | '.join(map(str, about))} | {functions} |"


def _task(lab: Lab) -> str:
    lines = (lab.folder / "TASK.md").read_text(encoding="utf-8").splitlines()
    return "\n".join(f"#{line}" if line.startswith("#") else line for line in lines) + "\n"
