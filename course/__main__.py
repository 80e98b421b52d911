"""`python -m course`: build a course, hand it out, mend it, collect it, grade it."""

import argparse
import sys
from pathlib import Path

from course import github, report
from course.build import build, functions_of, starter_of
from course.cohort import Cohort, hand_out, moment, read_cohort
from course.collect import collect
from course.copies import copies
from course.grade import grade, read_handed
from course.judging import alone
from course.lab import LABS, Lab, read_labs
from course.mistakes import Mistake
from course.page import page
from course.roster import read_roster
from course.update import Update, predict, push
from course.verify import verify

BUILT = Path("course-build")


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
    building.add_argument("--into", type=Path, default=BUILT, help="a folder")
    building.add_argument(
        "--from", dest="solution", type=Path, help="a repository, rendered before"
    )
    building.add_argument("answers", nargs="*", help="to the template: project_name=Churn")
    _takes_labs(building)
    handing = commands.add_parser("hand-out", help="give each team a repository")
    handing.set_defaults(run=_hand_out)
    handing.add_argument("roster", type=Path, help="a CSV: own form, Moodle's or Classroom 50's")
    handing.add_argument("--to", default="cohort", help="a folder of bare repositories, or gh:ORG")
    updating = commands.add_parser("update", help="bring a fix of the course to every team")
    updating.set_defaults(run=_update)
    updating.add_argument("--dry-run", action="store_true", help="only say what would conflict")
    collecting = commands.add_parser("collect", help="fetch what was handed in at a time")
    collecting.set_defaults(run=_collect)
    collecting.add_argument("--at", required=True, help="such as 2026-11-30T18:00+01:00")
    collecting.add_argument("--into", type=Path, default=Path("collected"), help="a folder")
    verifying = commands.add_parser("verify", help="do the labs find what is wrong, and only that?")
    verifying.set_defaults(run=_verify)
    verifying.add_argument("solution", type=Path, help="a repository with all labs done")
    verifying.add_argument("--python", default=sys.executable, help="of the teams' environment")
    _takes_labs(verifying)
    paging = commands.add_parser("page", help="show the labs as a page of Markdown")
    paging.set_defaults(run=lambda options: print(page(_labs(options)), end="") or 0)
    _takes_labs(paging)
    grading = commands.add_parser("grade", help="judge each lab of each team")
    grading.set_defaults(run=_grade)
    grading.add_argument("--collected", type=Path, default=Path("collected"), help="a folder")
    grading.add_argument("--into", type=Path, default=Path("grades"), help="a folder")
    grading.add_argument("--python", default=sys.executable, help="of the teams' environment")
    grading.add_argument("--workers", type=int, default=2, help="labs that are judged at once")
    _takes_labs(grading)
    for each in (handing, updating, grading):
        each.add_argument("--course", type=Path, default=BUILT, help="what `build` made")
    for each in (handing, updating, collecting):
        each.add_argument("--cohort", type=Path, default=Path("cohort"), help="what was handed out")
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


def _hand_out(options: argparse.Namespace) -> int:
    is_github = options.to.startswith("gh:")
    if not is_github and ":" in options.to.partition("/")[0] and not Path(options.to).drive:
        raise Mistake(f"--to {options.to}: name a folder, or an organisation as gh:ORG")
    org = github.organisation(options.to) if is_github else ""
    students, folder = read_roster(options.roster), options.cohort if org else Path(options.to)
    cohort, new = hand_out(students, starter_of(options.course), folder, org)
    for team in cohort.teams:
        members = [student for student in students if student.team == team]
        for note in github.create(org, team, members, cohort.repo(team)) if org else ():
            print(note)
        where = f"{github.HOST}/{org}/{team}" if org else cohort.repo(team)
        names = ", ".join(student.name for student in members)
        print(f"{where} {'' if team in new else '(was there) '}for {names}")
    print(f"{len(new)} repositories, all with the first commit {cohort.first[:12]}")
    return 0


def _brought(folder: Path) -> tuple[Cohort, dict[str, str]]:
    """A cohort with what is on GitHub by now, if it is there; why that of some teams is not."""
    cohort, absent = read_cohort(folder), {}
    for team in cohort.teams if cohort.github else ():
        try:
            github.bring(cohort.github, team, cohort.repo(team))
        except Mistake as bad:
            absent[team] = str(bad)
    return cohort, absent


def _update(options: argparse.Namespace) -> int:
    starter = starter_of(options.course)
    cohort, absent = _brought(options.cohort)
    predicted = predict(cohort, starter, absent)
    for update in predicted:
        print(_line(update))
    if options.dry_run:
        print("Nothing was pushed")
        return int(any(update.state != "merges" for update in predicted))
    done = list(push(cohort, starter, predicted))
    branches = {update.branch for update in done if update.branch}
    for update in done:
        if update.state == "failed":
            print(_line(update))
    teams = sum(bool(update.branch) for update in done)
    print(f"Pushed {', '.join(branches)} to {teams} teams" if branches else "Nothing to push")
    return int(any(update.state in ("failed", "unrelated") for update in done))


def _line(update: Update) -> str:
    detail = update.said or ", ".join(update.conflicts)
    return f"{update.team}: {update.state}{f' ({detail})' if detail else ''}"


def _collect(options: argparse.Namespace) -> int:
    cohort, absent = _brought(options.cohort)
    found = collect(cohort, moment(options.at), options.into, absent)
    for each in found:
        came = f"received {each.received}" if each.received else "nothing received"
        print(f"{each.team}: {(each.commit or 'no commit')[:12]}, {came}")
        for note in each.notes:
            print(f"  {note}")
    return int(any(each.commit is None for each in found))


def _verify(options: argparse.Namespace) -> int:
    if not options.solution.is_dir():
        raise Mistake(f"{options.solution} is no folder; name a repository with all labs done")
    broken, every = 0, read_labs(options.lab_folder)
    for claim in verify(_labs(options), options.solution, options.python, every):
        broken += not claim.holds
        print(f"{'ok ' if claim.holds else 'NOT'} {claim.lab} {claim.about}: {claim.said}")
    return int(bool(broken))


def _grade(options: argparse.Namespace) -> int:
    if options.workers < 1:
        raise Mistake(f"--workers is {options.workers}; write 1 or more")
    labs, handed, course = _labs(options), read_handed(options.collected), options.course
    starter, solution = starter_of(course), course / "solution"
    if not alone():
        print("This system does not let us take the network from the teams' code")
    grades = grade(
        handed, labs, solution, options.into, python=options.python, workers=options.workers
    )
    commits = {team: commit for team, commit in handed.commits.items() if commit}
    repos = {team: (handed.folder / f"{team}.git", commit) for team, commit in commits.items()}
    copied = copies(repos, functions_of(course), solution, starter)
    names = report.write(options.into, handed, labs, grades, copied)
    left = sum(verdict.state == "not judged" for verdict in grades.values())
    print(f"{options.into}: {', '.join(name for name in names if '/' not in name)}, results/")
    if left:
        print(f"{left} of {len(grades)} were not judged; the same command tries only these again")
    return int(bool(left))


if __name__ == "__main__":
    sys.exit(main())
