"""Makes a working repo of the rendered files. Cookiecutter renders this file, then runs it."""

import json
import sys
from pathlib import Path

# As JSON in a raw string, no answer can be taken for code.
GIVEN = json.loads(r"""{ "template": {{ template_folder | tojson }},
                         "answers": {{ cookiecutter | tojson }} }""")
sys.path.insert(0, GIVEN["template"])

from idea.analysis.unneeded import only_compared  # noqa: E402
from idea.codegen import write_idea  # noqa: E402
from idea.project import first_commit  # noqa: E402
from idea.project.answers import idea_of  # noqa: E402
from idea.project.parts import choice_of, prune  # noqa: E402


def main() -> None:
    """Place the data and the notebook, compose the parameters, commit, and say what is next."""
    answers = GIVEN["answers"]
    repo = Path.cwd()
    parts = answers["__parts"].split()
    prune(repo, parts)
    package = answers["package_name"]
    if not answers["__data_url"]:
        first_commit.leave_out(repo, f"src/{package}/database", "tests/database")
    if answers["__update"]:
        first_commit.leave_out_what_was_born(repo, answers)
        first_commit.follow_policy(repo, answers)
        return
    if answers["__data_format"] != "sklearn" and not answers["__data_url"]:
        first_commit.place_dataset(Path(answers["__data_path"]), repo, answers["__data_file"])
    if notebook := first_commit.notebook_path(answers):
        first_commit.place_notebook(notebook, repo, answers["__notebook_file"])
    if idea := idea_of(answers):
        others = {each.name: each.path for each in idea.look_ups} | only_compared(idea)
        for table, path in others.items():
            first_commit.place_dataset(path, repo, table)
        name, target = answers["__notebook_file"], answers["__target"]
        write_idea(repo, package, name, idea, target, experiments="experiments" in parts)
    else:
        first_commit.leave_out_what_notebooks_have(repo, f"src/{package}")
    first_commit.follow_policy(repo, answers)
    first_commit.write_params(repo)
    first_commit.write_record(repo, answers)
    message = f"Start {answers['project_name']}"
    author, email = answers["author_name"], answers["author_email"]
    notes = [*choice_of(answers).notes]
    notes += first_commit.start_git(repo, author, email, message)
    print("\n".join(first_commit.farewell(answers, repo, notes)))


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        main()
    except (OSError, ValueError, RuntimeError) as error:
        sys.exit(f"The repo could not be made: {error}")
