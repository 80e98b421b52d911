"""`python -m fleet audit` and `python -m fleet update`."""

import argparse
import sys
from pathlib import Path

from fleet import history, report
from fleet.audit import SECONDS, Audited, audit, template_history
from fleet.repositories import BadList, repositories
from fleet.waves import BadWave, Wave, update
from ml_repo_review.policy import BadPolicy, read
from ml_repo_review.tree import BadRepository

OUTPUT = Path("fleet-audit")


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Returns:
        0 where nothing is to be mended, 1 where something is, 2 after a mistake in the command.
    """
    options = _parser().parse_args(arguments)
    try:
        paths = repositories(options.repositories)
        return _audit(options, paths) if options.command == "audit" else _update(options, paths)
    except (BadList, BadPolicy, BadRepository, BadWave) as bad:
        print(bad, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fleet", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    auditing = commands.add_parser("audit", help="hold repositories to the organisation's policy")
    auditing.add_argument("--policy", type=Path, required=True)
    auditing.add_argument("--output", type=Path, default=OUTPUT, help="folder of the reports")
    auditing.add_argument("--template", help="a clone of the template, to tell how old each is")
    auditing.add_argument("--fail-on", choices=("error", "warning", "never"), default="error")
    auditing.add_argument("--seconds", type=int, default=SECONDS, help="for each repository")
    updating = commands.add_parser("update", help="take repositories to the newest template")
    updating.add_argument("--wave", default="5%", help="how many at once: a share or a number")
    updating.add_argument("--stop-above", default="20%", help="share of failures that stops a wave")
    updating.add_argument("--test", default="", help="a command to run on each branch")
    updating.add_argument("--state", type=Path, default=Path("fleet-update.json"))
    for each in (auditing, updating):
        text = "repositories, folders of them, or files that list them"
        each.add_argument("repositories", nargs="+", help=text)
    return parser


def _audit(options: argparse.Namespace, paths: list[Path]) -> int:
    policy = read(options.policy)
    newest = template_history(options.template) if options.template else None
    before = history.former(options.output)
    audited = audit(paths, policy, newest=newest, seconds=options.seconds)
    changed = history.changes(audited, before)
    report.write(options.output, audited, policy, changed)
    for repo in audited:
        print(f"{repo.name}: {_counts(repo)}")
    for word, pairs in (("new", changed.new), ("mended", changed.mended)):
        for name, rule in sorted(pairs):
            print(f"{word} since the last audit: {name} {rule}")
    print(f"The reports are in {options.output}: audit.html, .svg, .sarif, .xml, .csv and .json")
    levels = {"error": ["error"], "warning": ["error", "warning"], "never": []}
    failing = levels[options.fail_on]
    return int(any(repo.broken(level) for repo in audited for level in failing))


def _counts(repo: Audited) -> str:
    return f"{len(repo.broken('error'))} errors, {len(repo.broken('warning'))} warnings"


def _update(options: argparse.Namespace, paths: list[Path]) -> int:
    wave = Wave.of(options.wave, options.stop_above, test=options.test)
    return update(paths, wave, options.state)


if __name__ == "__main__":
    sys.exit(main())
