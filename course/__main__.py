"""`python -m course`: build a course, hand it out, mend it, collect it, grade it."""

import argparse
import sys
from pathlib import Path

from course.build import build
from course.lab import LABS, Lab, read_labs
from course.mistakes import Mistake


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Returns:
        0 where all is well, 1 where something is to be looked at, 2 after a mistake in the command.
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except Mistake as bad:
        print(bad, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m course", description=__doc__)
    commands = parser.add_subparsers(required=True)
    building = commands.add_parser("build", help="make a starter and its solution")
    building.set_defaults(run=_build)
    building.add_argument("--into", type=Path, default=Path("course-build"), help="a folder")
    building.add_argument(
        "--from", dest="solution", type=Path, help="a repository, rendered before"
    )
    building.add_argument("answers", nargs="*", help="to the template: project_name=Churn")
    for each in (building,):
        _takes_labs(each)
    return parser


def _takes_labs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--lab-folder", type=Path, default=LABS, help="that holds the labs")
    command.add_argument("--labs", help="numbers, such as 4,8; all by default")


def _labs(options: argparse.Namespace) -> list[Lab]:
    labs = read_labs(options.lab_folder)
    if options.labs is None:
        return labs
    words = [word.strip() for word in options.labs.split(",") if word.strip()]
    known = {str(lab.number): lab for lab in labs}
    for word in words:
        if word not in known:
            raise Mistake(f"--labs: there is no lab {word}; labs are {', '.join(known)}")
    return [lab for number, lab in known.items() if number in words]


def _build(options: argparse.Namespace) -> int:
    answers = {}
    for text in options.answers:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise Mistake(f"{text!r} is no answer; write name=value, such as project_name=Churn")
        answers[name] = value
    if answers and options.solution:
        raise Mistake("--from names a repository, so there is nothing to answer; leave one out")
    labs = _labs(options)
    commit = build(labs, options.into, options.solution, answers)
    names = ", ".join(lab.name for lab in labs)
    print(f"{options.into / 'starter'} is at {commit[:12]}, for {names}")
    print("No object of its Git repository holds a line of the solution")
    return 0


if __name__ == "__main__":
    sys.exit(main())
