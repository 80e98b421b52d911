"""Makes a working repo of the rendered files. Cookiecutter renders this file, then runs it."""

import json
import sys
from pathlib import Path

# As JSON in a raw string, no answer can be taken for code.
GIVEN = json.loads(r"""{ "template": {{ template_folder | tojson }},
                         "answers": {{ cookiecutter | tojson }} }""")
sys.path.insert(0, GIVEN["template"])

from idea import birth  # noqa: E402
from idea.answers import idea_of  # noqa: E402
from idea.writing import write_idea  # noqa: E402


def main() -> None:
    """Place the data and the notebook, compose the parameters, commit, and say what is next."""
    answers = GIVEN["answers"]
    repo = Path.cwd()
    if answers["__update"]:
        birth.leave_out_what_was_born(repo, answers)
        return
    if answers["__data_format"] != "sklearn":
        birth.place_dataset(Path(answers["__data_path"]), repo, answers["__data_file"])
    if notebook := birth.notebook_path(answers):
        birth.place_notebook(notebook, repo, answers["__notebook_file"])
    package = answers["package_name"]
    if idea := idea_of(answers):
        write_idea(repo, package, answers["__notebook_file"], idea, answers["__target"])
    else:
        birth.leave_out(repo, f"src/{package}/parity", "tests/test_parity.py")
    birth.write_params(repo)
    birth.write_record(repo, answers)
    message = f"Start {answers['project_name']}"
    notes = list(birth.start_git(repo, answers["author_name"], answers["author_email"], message))
    print("\n".join(birth.farewell(answers, repo, notes)))


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        main()
    except (OSError, ValueError, RuntimeError) as error:
        sys.exit(f"The repo could not be made: {error}")
