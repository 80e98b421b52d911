"""Which version of the data is it, and how does a former one come back?"""


def brought_back(part):
    """Keep two versions of a table; give the table after a fetch by the pointer of the first."""
    import os
    import subprocess
    from pathlib import Path
    from types import SimpleNamespace

    from dvc.cli import main
    from dvc.repo import Repo

    os.environ |= {"DVC_SITE_CACHE_DIR": str(Path("site").resolve()), "DVC_NO_ANALYTICS": "1"}
    for who in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{who}_NAME": "a", f"GIT_{who}_EMAIL": "a@b.c"}

    def git(*words):
        subprocess.run(["git", *words], check=True, capture_output=True)

    def dvc(*words):
        assert not main(list(words)), f"dvc {' '.join(words)} failed"

    git("init")
    Repo.init().close()
    Path(".dvc/config").write_text("[core]\n    check_update = false\n", encoding="utf-8")
    table = Path("data/raw/table.csv")
    table.parent.mkdir(parents=True)
    for text in ("a\n1\n", "a\n1\n2\n"):
        table.write_text(text, encoding="utf-8")
        with Repo() as repo:
            repo.add(str(table))
        git("add", "--all")
        git("commit", "--message", "A version")
    git("checkout", "HEAD~1", "--", f"{table}.dvc")
    part("tools.dvc").dvc = dvc  # in this process, which is faster
    data = SimpleNamespace(path=str(table), format="csv")
    part("retraining.fetch").fetch(SimpleNamespace(data=data))
    return table.read_text(encoding="utf-8")


def test_a_former_table_comes_back(team):
    """With the pointer of a former commit, `make fetch` brings the table of that commit."""
    found = team.ask(brought_back)
    assert found == "a\n1\n", f"expected the first version, found {found!r}"
