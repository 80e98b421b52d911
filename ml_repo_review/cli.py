"""`ml-repo-review`: is a repository as its policy asks, and is there a newer policy?"""

import argparse
import sys
from pathlib import Path

from ml_repo_review.examine import Outcome, examine
from ml_repo_review.policy import BadPolicy, Policy, read
from ml_repo_review.repository import Repository
from ml_repo_review.rules import RULES
from ml_repo_review.tree import BadRepository, tree_of
from ml_repo_review.update import BadUpdate, update


def check(path: Path, policy: Policy | None) -> int:
    """Print what breaks a rule, worst first; give 1 if an error is among it."""
    repo = Repository(tree_of(path, index=True), policy, path.resolve().name)
    outcomes = [outcome for outcome in examine(repo) if outcome.counts]
    for outcome in sorted(outcomes, key=lambda each: (each.level != "error", each.rule)):
        print("\n".join(lines(outcome, repo.policy)))
    errors = sum(outcome.level == "error" for outcome in outcomes)
    print(f"{errors} errors, {len(outcomes) - errors} warnings, of {len(RULES)} rules")
    return int(bool(errors))


def lines(outcome: Outcome, policy: Policy) -> list[str]:
    """Say what an outcome is: the rule, where it is broken, and the fix."""
    rule = RULES[outcome.rule]
    because = f" ({policy.because(rule.key)})" if rule.key and policy.get(rule.key) else ""
    said = [f"{outcome.level} {rule.code}: not so: {rule.title}{because}"]
    if outcome.state == "expired" and outcome.waiver:
        until, by = outcome.waiver["until"], outcome.waiver["by"]
        said.append(f"  the waiver of {by} ended on {until}")
    said += [f"  {finding}" for finding in outcome.findings]
    if outcome.more:
        said.append(f"  and {outcome.more} more")
    return [*said, f"  fix: {rule.fix}"]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; give its exit code."""
    parser = argparse.ArgumentParser(prog="ml-repo-review", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="hold a repository to its policy")
    checking.add_argument("path", type=Path, nargs="?", default=Path())
    checking.add_argument("--policy", type=Path, help="instead of the repository's own copy")
    updating = commands.add_parser("update", help="take up the newest policy, on a branch")
    updating.add_argument("path", type=Path, nargs="?", default=Path())
    updating.add_argument("--from", dest="source", help="path or address, if it has moved")
    options = parser.parse_args(arguments)
    try:
        if options.command == "check":
            return check(options.path, read(options.policy) if options.policy else None)
        print(update(options.path, options.source))
    except (BadPolicy, BadRepository, BadUpdate) as bad:
        print(bad, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
