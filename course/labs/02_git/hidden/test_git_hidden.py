"""Repositories, hooks and mistakes that students don't see."""


def asked(part):
    """Ask Git before there is a repository, before there is a commit, and after two."""
    import os
    import subprocess
    from pathlib import Path

    for who in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{who}_NAME": "a", f"GIT_{who}_EMAIL": "a@b.c"}
        os.environ[f"GIT_{who}_DATE"] = "2026-03-04T05:06:07+00:00"

    def own(*words):
        done = subprocess.run(["git", *words], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    tools, refusal = part("tools.git"), part("tools.errors").Refusal

    def tried(function, *arguments):
        try:
            return [function(*arguments), None]
        except refusal as said:
            return [None, str(said)]

    candidate = part("packing.candidate")
    found = {"nowhere": [candidate.commit(), *tried(tools.head)]}
    own("init")
    found["empty"] = [candidate.commit(), *tried(tools.head)]
    path = Path("conf/a file.yaml")
    path.parent.mkdir()
    for text in ("first: 1\n", "second:\n  two: 2\n"):
        path.write_text(text, encoding="utf-8")
        own("add", "--all")
        own("commit", "--message", "Größe, $(touch pwned)")
    path.write_text("not: committed\n", encoding="utf-8")
    at = part("reporting.changes")._at
    found["head"] = [tools.head() == own("rev-parse", "HEAD"), candidate.commit()]
    found["head"].append(own("rev-parse", "HEAD"))
    found["said"] = tools.git("log", "-1", "--format=  %s")
    found["lines"] = tools.git("log", "--format=%s%n")
    found["shell"] = tried(tools.git, "log", "--grep=$(touch pwned); touch pwned")
    found["wrong"] = tried(tools.git, "rev-parse", "--verify", "nothing-of-the-kind")
    found["texts"] = [at(commit, path) for commit in ("HEAD", "HEAD~1")]
    found["absent"] = at("HEAD", Path("conf/other.yaml"))
    found["pwned"] = Path("pwned").exists()
    os.environ["PATH"] = "/nowhere"
    found["without git"] = [*tried(tools.git, "status"), candidate.commit()]
    return found


def hooked(part):
    """Run the hook in one state after the other: give codes, texts, and what was written anew."""
    import contextlib
    import io
    from pathlib import Path

    from omegaconf import OmegaConf

    module, path = part("tools.config"), Path("params.yaml")
    good = {"seed": 7, "data": {"path": "ü.csv"}}
    wrong = {"tool": {"_target_": "textwrap.dedent", "txt": "a"}}

    def refuses(*_):
        raise part("tools.errors").Refusal("there is no gate=defalt; there are default")

    steps = {
        "not there, looked at": (good, None, ["--check"]),
        "not there": (good, None, []),
        "made": (good, ..., []),
        "made, looked at": (good, ..., ["--check"]),
        "edited, looked at": (good, "seed: 8\n", ["--check"]),
        "edited": (good, "seed: 8\n", []),
        "can't be": (None, "seed: 9\n", []),
        "can't be, looked at": (None, "seed: 9\n", ["--check"]),
        "no such argument, looked at": (wrong, OmegaConf.to_yaml(wrong), ["--check"]),
    }
    found = {}
    for name, (cfg, text, arguments) in steps.items():
        module.composed = refuses if cfg is None else lambda *_, cfg=cfg: OmegaConf.create(cfg)
        if text is None:
            path.unlink(missing_ok=True)
        elif text is not ...:
            path.write_text(text, encoding="utf-8")
        before = path.stat().st_mtime_ns if path.exists() else None
        out, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            code = module.compose_params(arguments)
        now = path.read_text(encoding="utf-8") if path.exists() else None
        again = path.exists() and path.stat().st_mtime_ns != before
        said = (out.getvalue() + errors.getvalue()).strip().splitlines()
        found[name] = [code, now, again, len(said)]
    return [found, OmegaConf.to_yaml(OmegaConf.create(good))]


def by_own_tests(part):
    """Run the team's tests of the changes as they are, and with one thing broken after the other.

    Give for each how many tests passed, and what became of the others; stop where that is wrong.
    """
    import os
    from pathlib import Path

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    import pytest

    changes = part("reporting.changes")
    kept = dict(vars(changes))
    file = Path(changes.__file__).parents[3] / "tests" / "reporting" / "test_changes.py"

    class Told:
        def __init__(self):
            self.passed, self.others = 0, []

        def pytest_runtest_logreport(self, report):
            if report.when == "call" and report.passed:
                self.passed += 1
            elif not report.passed:
                self.others.append(report.outcome)

        def pytest_collectreport(self, report):
            if report.failed:
                self.others.append("failed")

    def swapped(*arguments):
        before, now = kept["_both"](*arguments)
        return now, before

    broken = {
        "": {},
        "no metric is told": {"_metrics": lambda _: "Metrics: no change."},
        "no data is told": {"_data": lambda _: "Data: no change."},
        "before and now are swapped": {"_both": swapped},
        "nothing is kept in reports/": {"write_text": lambda *_: None},
        "no file of a former commit is found": {"_at": lambda *_: None},
    }
    found = {}
    for name, changed in broken.items():
        vars(changes).update({**kept, **changed})
        told = Told()
        options = ["--noconftest", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir=."]
        options += ["--basetemp=tmp", "--import-mode=importlib", "--exitfirst", "--tb=no", "-q"]
        pytest.main([str(file), *options], plugins=[told])
        found[name] = [told.passed, sorted(set(told.others))]
        if ("failed" in told.others) != bool(name):
            break
    return found


def test_git_is_asked(team):
    """Git's answers come back as they are, whatever is in them, and reasons come in a refusal."""
    found = team.ask(asked)
    for place in ("nowhere", "empty"):
        commit, head, said = found[place]
        assert commit is None, f"{place}: expected no commit, found {commit!r}"
        assert head is None, f"{place}: expected a refusal, found {head!r}"
        assert said, f"{place}: expected a reason, found none"
        assert "\n" not in said, f"{place}: expected one line, found {said!r}"
    same, commit, head = found["head"]
    assert same, "expected that the head is the commit that is checked out"
    expected = f"{head} 1772600767"
    assert commit == expected, f"expected {expected!r}, found {commit!r}"
    expected = "  Größe, $(touch pwned)"
    assert found["said"] == expected, f"expected {expected!r}, found {found['said']!r}"
    lines = found["lines"].split("\n")
    assert len(lines) >= 3, f"expected all lines of the answer, found {lines}"
    assert found["shell"] == ["", None], f"expected an empty answer, found {found['shell']}"
    answer, said = found["wrong"]
    assert answer is None, f"expected a refusal, found {answer!r}"
    assert "rev-parse" in said, f"expected that the reason names the command, found {said!r}"
    answer, said, commit = found["without git"]
    assert said, f"without Git: expected a refusal, found {answer!r}"
    assert commit is None, f"without Git: expected no commit, found {commit!r}"
    assert not found["pwned"], "expected that no argument is run as a command"


def test_files_of_commits(team):
    """A file is read as it was at a commit, whatever is here now."""
    found = team.ask(asked)
    texts = [text and text.strip() for text in found["texts"]]
    expected = ["second:\n  two: 2", "first: 1"]
    assert texts == expected, f"expected {expected}, found {texts}"
    assert found["absent"] is None, f"expected None, found {found['absent']!r}"


def test_the_hook(team):
    """The hook writes params.yaml where it differs, and only looks with `--check`."""
    found, good = team.ask(hooked)
    expected = {
        "not there, looked at": [1, None],
        "not there": [0, good],
        "made": [0, good],
        "made, looked at": [0, good],
        "edited, looked at": [1, "seed: 8\n"],
        "edited": [0, good],
        "can't be": [1, "seed: 9\n"],
        "can't be, looked at": [1, "seed: 9\n"],
    }
    for state, wanted in expected.items():
        code, text, again, lines = found[state]
        assert [code, text] == wanted, f"{state}: expected {wanted}, found {[code, text]}"
        if state not in ("not there", "edited"):
            assert not again, f"{state}: expected that params.yaml is not written, it was"
        if code:
            assert lines == 1, f"{state}: expected one line that says so, found {lines}"
    code = found["no such argument, looked at"][0]
    assert code == 1, f"an argument that no function takes: expected code 1, found {code}"


def test_the_tests_find_what_is_broken(team):
    """The tests pass as things are, and one fails with whatever is broken."""
    found = team.ask(by_own_tests)
    passed, others = found.pop("")
    assert passed, "expected that tests pass, none did"
    assert not others, f"expected that all tests pass, found {', '.join(others)}"
    for what, (_, others) in found.items():
        assert "failed" in others, f"expected that a test fails where {what}, none did"
