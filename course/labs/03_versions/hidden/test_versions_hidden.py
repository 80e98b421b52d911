"""Locks, tables and folders that students don't see."""


def recorded(part, locks):
    """Commit a lock after the other (None: no lock), and leave another one; give what each said."""
    import os
    import subprocess
    from pathlib import Path

    for who in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{who}_NAME": "a", f"GIT_{who}_EMAIL": "a@b.c"}

    def git(*words):
        done = subprocess.run(["git", *words], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init")
    commits = []
    for lock in locks:
        if lock is not None:
            Path("dvc.lock").write_text(lock, encoding="utf-8")
        git("add", "--all")
        git("commit", "--allow-empty", "--message", "A run")
        commits.append(git("rev-parse", "HEAD"))
    Path("dvc.lock").write_text("schema: '2.0'\nstages: {}\n", encoding="utf-8")
    return [part("tools.dvc").recorded(commit) for commit in commits]


def refused(part):
    """Record two runs; give for each state of the folder what is refused, None if nothing is."""
    import os
    import shutil
    import subprocess
    from pathlib import Path

    from dvc.repo import Repo

    start = Path.cwd()
    os.environ |= {"DVC_SITE_CACHE_DIR": str(start / "site"), "DVC_NO_ANALYTICS": "1"}
    for who in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{who}_NAME": "a", f"GIT_{who}_EMAIL": "a@b.c"}

    def git(*words):
        subprocess.run(["git", *words], check=True, capture_output=True)

    def run(model, rows):
        Path("models/candidate").mkdir(parents=True, exist_ok=True)
        Path("models/candidate/model.txt").write_text(model, encoding="utf-8")
        Path("rows.txt").write_text(rows, encoding="utf-8")

    def record():
        with Repo() as repo:
            repo.commit(force=True)

    def commit():
        git("add", "--all")
        git("commit", "--message", "A run")

    Path("base").mkdir()
    os.chdir("base")
    git("init")
    Repo.init().close()
    Path(".gitignore").write_text("models\nrows.txt\n", encoding="utf-8")
    stages = "stages:\n  make:\n    cmd: 'true'\n    outs: [models/candidate, rows.txt]\n"
    Path("dvc.yaml").write_text(stages, encoding="utf-8")
    for model in ("one", "two"):
        run(model, "rows")
        record()
        commit()

    def edited():
        Path("models/candidate/model.txt").write_text("edited", encoding="utf-8")

    def added():
        Path("models/candidate/more.txt").write_text("more", encoding="utf-8")

    def not_committed():
        run("three", "other rows")
        record()

    cases = {
        "as recorded": (lambda: None, "HEAD", ["models/candidate", "rows.txt"]),
        "edited": (edited, "HEAD", ["rows.txt", "models/candidate"]),
        "a file more": (added, "HEAD", ["models/candidate"]),
        "others edited": (edited, "HEAD", ["rows.txt"]),
        "missing": (lambda: shutil.rmtree("models/candidate"), "HEAD", ["models/candidate"]),
        "not committed": (not_committed, "HEAD", ["models/candidate"]),
        "of another commit": (lambda: None, "HEAD~1", ["models/candidate"]),
        "the same in another commit": (lambda: None, "HEAD~1", ["rows.txt"]),
        "no output": (lambda: None, "HEAD", ["dvc.yaml"]),
    }
    found = {}
    tools, refusal = part("tools.dvc"), part("tools.errors").Refusal
    for number, (name, (change, commit, paths)) in enumerate(cases.items()):
        shutil.copytree(start / "base", start / str(number))
        os.chdir(start / str(number))
        change()
        try:
            tools.refuse_other_files(commit, *map(Path, paths))
            found[name] = None
        except refusal as said:
            found[name] = str(said)
    return found


def fetched(part):
    """Keep two versions of a table here and on a remote; give what a fetch does in each state.

    For each: what was refused, the table after it, and how many commands of DVC's it took.
    """
    import os
    import shutil
    import subprocess
    from pathlib import Path
    from types import SimpleNamespace

    from dvc.cli import main
    from dvc.repo import Repo

    start = Path.cwd()
    os.environ |= {"DVC_SITE_CACHE_DIR": str(start / "site"), "DVC_NO_ANALYTICS": "1"}
    for who in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{who}_NAME": "a", f"GIT_{who}_EMAIL": "a@b.c"}

    def git(*words):
        subprocess.run(["git", *words], check=True, capture_output=True)

    Path("base").mkdir()
    os.chdir("base")
    git("init")
    Repo.init().close()
    core = "[core]\n    check_update = false\n    remote = store\n"
    store = f"['remote \"store\"']\n    url = {start / 'store'}\n"
    Path(".dvc/config").write_text(core + store, encoding="utf-8")
    table = Path("data/raw/table.csv")
    table.parent.mkdir(parents=True)
    for text in ("first", "second"):
        table.write_text(text, encoding="utf-8")
        with Repo() as repo:
            repo.add(str(table))
            repo.push()
        git("add", "--all")
        git("commit", "--message", "A version")

    def back():
        git("checkout", "HEAD~1", "--", f"{table}.dvc")

    def edit():
        table.write_text("edited", encoding="utf-8")

    def forget():
        table.unlink()
        shutil.rmtree(".dvc/cache")

    def forget_all():
        forget()
        shutil.rmtree(start / "store")

    cases = {
        "nothing changed": [],
        "the former pointer": [back],
        "missing": [table.unlink],
        "the former pointer, the table missing": [back, table.unlink],
        "edited": [edit],
        "edited, the former pointer": [back, edit],
        "nothing here": [forget],
        "the former pointer, nothing here": [back, forget],
        "nothing anywhere": [forget_all],
    }
    tools, refusal = part("tools.dvc"), part("tools.errors").Refusal
    asked = []

    def dvc(*words):
        asked.append(words)
        if main(list(words)):
            raise tools.Broke(words, ["ERROR: it failed"])

    tools.dvc = dvc  # in this process, which is faster
    data = SimpleNamespace(path=str(table), format="csv")
    found = {}
    for number, (name, changes) in enumerate(cases.items()):
        shutil.copytree(start / "base", start / str(number))
        os.chdir(start / str(number))
        for change in changes:
            change()
        asked.clear()
        try:
            part("retraining.fetch").fetch(SimpleNamespace(data=data))
            said = None
        except refusal as refused:
            said = str(refused)
        found[name] = [said, table.read_text(encoding="utf-8") if table.exists() else None]
        found[name].append(len(asked))
    return found


LOCKS = [
    None,
    """\
schema: '2.0'
stages:
  split:
    cmd: python split.py
    deps:
    - {path: table.csv, md5: d0}
    outs:
    - {path: train.csv, md5: a1, size: 1}
    - {path: test.csv, md5: a2, size: 1}
  train:
    cmd: python train.py
    outs:
    - {path: models/candidate, md5: a3.dir, size: 1}
""",
    """\
schema: '2.0'
stages:
  split:
    cmd: python split.py
    outs:
    - {path: train.csv, md5: b1, size: 1}
  report:
    cmd: python report.py
""",
]


def test_each_commit_has_its_own_hashes(team):
    """The hashes of a commit are those of its own lock, whatever lock is here now."""
    expected = [
        {},
        {"train.csv": "a1", "test.csv": "a2", "models/candidate": "a3.dir"},
        {"train.csv": "b1"},
    ]
    found = team.ask(recorded, LOCKS)
    assert found == expected, f"expected {expected}, found {found}"


def test_files_are_those_of_the_commit(team):
    """Files pass where they are what the commit names, and are refused in a line where not."""
    found = team.ask(refused)
    for state in ("as recorded", "others edited", "the same in another commit"):
        said = found.pop(state)
        assert said is None, f"{state}: expected no refusal, found {said!r}"
    for state, said in found.items():
        assert said, f"{state}: expected a refusal, there was none"
        assert "\n" not in said, f"{state}: expected one line, found {said!r}"
        path = "dvc.yaml" if state == "no output" else "models/candidate"
        assert path in said, f"{state}: expected the name of {path}, found {said!r}"


def test_tables_come_back_and_none_is_lost(team):
    """A fetch brings what the pointer names, from here or the remote, and loses no table."""
    found = team.ask(fetched)
    expected = {
        "the former pointer": "first",
        "missing": "second",
        "the former pointer, the table missing": "first",
        "nothing here": "second",
        "the former pointer, nothing here": "first",
    }
    said, table, commands = found.pop("nothing changed")
    assert [said, table] == [None, "second"], f"nothing changed: found {said!r} and {table!r}"
    assert not commands, f"nothing changed: expected no command of DVC's, found {commands}"
    for state, text in expected.items():
        said, table, _ = found.pop(state)
        assert said is None, f"{state}: expected no refusal, found {said!r}"
        assert table == text, f"{state}: expected the {text} table, found {table!r}"
    for state, (said, table, _) in found.items():
        assert said, f"{state}: expected a refusal, there was none"
        kept = "edited" if "edited" in state else None
        assert table == kept, f"{state}: expected {kept!r} in the table's place, found {table!r}"
