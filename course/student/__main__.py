"""`python -m labs`: where am I? `python -m labs check 7`, `python -m labs hint 7`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    import yaml
except ImportError:  # of another Python than the repository's
    sys.exit(
        "This Python lacks what the labs need: `make setup`, then `source .venv/bin/activate` "
        "(on Windows .venv\\Scripts\\activate)"
    )

FOLDER = Path(__file__).resolve().parent
PROGRESS = FOLDER / ".progress.json"


def main(words: list[str]) -> int:
    """Run a command.

    Returns:
        0; 1 where a check failed; 2 after a mistake in the command.
    """
    labs = {int(path.name[:2]): path for path in sorted(FOLDER.glob("[0-9][0-9]_*"))}
    if not words:
        return overview(labs)
    known = {"check": check, "hint": hint}
    if words[0] not in known or len(words) != 2 or not words[1].isdigit():
        print("Type `python -m labs`, `python -m labs check 7` or `python -m labs hint 7`")
        return 2
    if int(words[1]) not in labs:
        print(f"There is no lab {words[1]}; labs are {', '.join(map(str, labs))}")
        return 2
    return known[words[0]](labs[int(words[1])])


def overview(labs: dict[int, Path]) -> int:
    """Say which labs are done, and which is next."""
    progress = read_progress()
    done = [path for path in labs.values() if progress.get(path.name, {}).get("passed")]
    for number, path in labs.items():
        about, known = read_lab(path), progress.get(path.name, {})
        state = "done" if known.get("passed") else "tried" if "passed" in known else "to do"
        hints = f", {known['hints']} hints" if known.get("hints") else ""
        print(f"{number:>3}  {about['title']:<40} {about['minutes']:>4} min  {state}{hints}")
    print(f"{len(done)} of {len(labs)} labs are done, as far as public checks tell")
    ahead = [(number, path) for number, path in labs.items() if path not in done]
    if ahead:
        number, path = ahead[0]
        print(f"Next: read labs/{path.name}/TASK.md, then `make lab-check LAB={number}`")
        print(f"      (without make: python -m labs check {number})")
    return 0


def check(lab: Path) -> int:
    """Run the public checks of a lab."""
    command = [sys.executable, "-I", "-B", "-m", "pytest", str(lab / "public")]
    command += [f"--confcutdir={FOLDER}", f"--rootdir={FOLDER}", "-c", os.devnull]
    command += ["-p", "no:cacheprovider", "-p", "no:terminal"]
    about = read_lab(lab)
    settings = {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "LABS_SPEAK": "1",
        "LABS_SECONDS": str(about.get("seconds", 20)),
        "LABS_IMPORTS": " ".join(about.get("imports", [])),
    }
    code = subprocess.run(
        command,
        cwd=FOLDER.parent,
        env={**os.environ, **settings},
        check=False,
    ).returncode
    if code not in (0, 1):
        print("The checks could not run; is pytest in this environment? Try `make setup`")
        return code
    number = int(lab.name[:2])
    remember(lab, passed=code == 0)
    if code == 0:
        print(f"Lab {number} passes its public checks. Commit, push; then `make lab`")
    else:
        print(f"Stuck? `make lab-hint LAB={number}` (python -m labs hint {number}) gives one hint")
    return code


def hint(lab: Path) -> int:
    """Show one more hint, or the last one again."""
    hints = read_lab(lab)["hints"]
    shown = min(read_progress().get(lab.name, {}).get("hints", 0) + 1, len(hints))
    if not shown:
        print("This lab has no hints")
        return 0
    remember(lab, hints=shown)
    print(f"Hint {shown} of {len(hints)}: {hints[shown - 1]}")
    return 0


def read_lab(folder: Path) -> dict[str, Any]:
    """Read what a lab says of itself."""
    return dict(yaml.safe_load((folder / "lab.yaml").read_text(encoding="utf-8")))


def read_progress() -> dict[str, dict[str, Any]]:
    """Read what is known of each lab; nothing where nothing was tried."""
    try:
        return dict(json.loads(PROGRESS.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def remember(lab: Path, **facts: object) -> None:
    """Keep facts about a lab for the next command."""
    progress = read_progress()
    progress.setdefault(lab.name, {}).update(facts)
    new = PROGRESS.with_suffix(".new")
    new.write_text(json.dumps(progress, indent=2) + "\n", encoding="utf-8")
    new.replace(PROGRESS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
