"""What the three loops do when something is wrong."""


def lock(part, stages):
    """Check a lock file with stages that would run (None: there is no file)."""
    import contextlib
    import io
    from pathlib import Path

    module = part("tools.dvc")
    module.stale = lambda: stages
    if stages is not None:
        Path("dvc.lock").write_text("schema: '2.0'\n")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = module.check_lock()
    return [code, said.getvalue()]


def pushed(part, tags, remotes):
    """Push a registry with tags, twice.

    Returns:
        What was refused; and in the order in which it came, `dvc`, `files of COMMIT`, and the refs
        of each push to Git's remote.
    """
    import os
    import subprocess
    from pathlib import Path
    from types import SimpleNamespace

    from omegaconf import OmegaConf

    def git(*words):
        done = subprocess.run(["git", *words], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    for who in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{who}_NAME": "A", f"GIT_{who}_EMAIL": "a@example.com"}
    log = Path("log").resolve()
    log.touch()
    git("init", "--quiet", "--bare", "origin.git")
    hook = Path("origin.git/hooks/post-receive")
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ncut -d ' ' -f 3 | xargs >> '{log}'\n")
    hook.chmod(0o755)
    git("init", "--quiet", "--initial-branch", "main", "repo")
    os.chdir("repo")
    for tag, commit in tags:
        if not git("tag", "--list", commit):
            git("commit", "--quiet", "--allow-empty", "--message", commit)
            git("tag", commit)
        git("tag", "--annotate", tag, commit, "--message", tag)
    commits = {git("rev-parse", commit): commit for _, commit in tags}
    for commit in commits.values():
        git("tag", "--delete", commit)
    if "git" in remotes:
        git("remote", "add", "origin", "../origin.git")

    def note(text):
        with log.open("a") as file:
            file.write(f"{text}\n")

    tools, refusal = part("tools.dvc"), part("tools.errors").Refusal

    def dvc(*words):
        if "dvc" not in remotes:
            raise refusal("`dvc push` failed: no remote")
        note("dvc")

    tools.dvc = dvc
    tools.push_of = lambda commit, *_: note(f"files of {commits[commit]}")
    tools.remote = lambda: SimpleNamespace(name="storage", url="s3://here", is_folder=False)
    module = part("registry.commands")
    module.dvc, module.push_of, module.remote = tools.dvc, tools.push_of, tools.remote
    target = f"{part('registry').__name__}.in_git.GitRegistry"
    cfg = OmegaConf.create({"name": "shop", "registry": {"_target_": target, "model": "shop"}})
    refused = ""
    for _ in range(2):
        try:
            module.push(cfg)
        except refusal as said:
            refused = str(said) or "refused"
            break
        note("again")
    return [refused, log.read_text().splitlines()]


def smoked(part, changes, patience):
    """Wait for a service and check it.

    `changes` are those of a service that is right: contents by path, `row` for a wrong row's
    status and content, and the number of times that `/ready` is asked in vain.

    Returns:
        What was refused, and how often it was asked whether it is ready.
    """
    import json
    import time
    from pathlib import Path

    module = part("serving.smoke")
    asked = []
    contents = {
        "/ready": {"ready": True},
        "/health": {"alive": True},
        "/model": {"version": "v0.0.2", "runtime": "onnx"},
        "/metrics": 'requests_total{path="/predict",status="200"} 3.0\nother 1.0\n',
        "/predict": {"predictions": [{"prediction": "high", "probabilities": {"high": 0.75}}]},
        "row": [422, {"detail": "wrong", "problems": [{"row": 0, "field": "size"}]}],
        "in vain": 0,
        **changes,
    }

    class StandIn(module.Service):
        def __init__(self):
            pass

        def ask(self, path, row=None):
            asked.append(path)
            if path == "/ready" and asked.count(path) <= contents["in vain"]:
                if asked.count(path) % 2:
                    raise OSError("nobody answers")
                return module.Reply(503, '{"refused": "no model"}', 1.0)
            status, content = 200, contents[path]
            if row is not None and not isinstance(row["size"], float):
                status, content = contents["row"]
            if content is None:
                raise OSError("nobody answers")
            text = content if isinstance(content, str) else json.dumps(content)
            return module.Reply(status, text, 1.0)

    folder = Path("image")
    folder.mkdir()
    (folder / "example.json").write_text('[{"size": 1.5, "kind": "a"}]')
    answer = {"prediction": "high", "probabilities": {"high": 0.75}}
    (folder / "answer.json").write_text(json.dumps(answer))
    service, real, slept = StandIn(), time.monotonic, []
    time.sleep = slept.append  # waiting takes no time here
    time.monotonic = lambda: real() + sum(slept)
    refused = ""
    try:
        module.wait(service, patience)
        module.check(service, folder, "v0.0.2")
    except part("tools.errors").Refusal as refusal:
        refused = str(refusal) or "refused"
    return [refused, asked.count("/ready")]


def retrained(part, happens):
    """Retrain, where every step is a stand-in that notes that it was called.

    `happens` says what is the case: `reason` (there is one), `refused: STEP`, `breaks: STEP`,
    `elsewhere: STEP`, `same` (the candidate is what is committed), `no schema`.

    Returns:
        The steps; the outcome; the kind of error that was raised, and what it says; the outputs for
        GitHub; whether there is a report; and whether the run was taken back.
    """
    import contextlib
    import json
    import os
    from pathlib import Path
    from types import SimpleNamespace

    from omegaconf import OmegaConf

    refusal, elsewhere = part("tools.errors").Refusal, part("retraining.fetch").Elsewhere
    done, run = [], SimpleNamespace(kept=False, begun=False)
    kinds = {"refused": refusal, "breaks": ValueError, "elsewhere": elsewhere}

    def step(name, value=None):
        def called(*_, **__):
            done.append(name)
            for what, kind in kinds.items():
                if f"{what}: {name}" in happens:
                    raise kind(f"{name} says no")
            return value

        return called

    @contextlib.contextmanager
    def attempt(_):
        try:
            yield run
        finally:
            done.append("kept" if run.kept else "taken back")

    def keep():
        done.append("keep")
        run.kept = True
        return {} if "same" in happens else {"dvc.lock": "abc"}

    run.keep = keep
    run.reproduce = lambda *stages: step("train")()
    reason = part("retraining.reasons").Reason("new data", "reason" in happens, "they are newer")
    schema = "" if "no schema" in happens else "data/schema.yaml"
    stand_ins = {
        "retraining.fetch": {"fetch": step("fetch"), "refuse_to_lose": step("to lose")},
        "retraining.attempt": {"attempt": attempt, "refuse_uncommitted": step("committed")},
        "retraining.reasons": {"reasons": step("reasons", [reason])},
        "tools.git": {"head": lambda: "c0ffee", "git": lambda *_: schema},
        "tools.config": {"compose_params": step("params", 0)},
        "retraining.retrain": {
            "_validate": step("validate"),
            "_production": step("production"),
            "_reproduce": step("train"),
            "_judge": step("judge"),
        },
    }
    for name, functions in stand_ins.items():
        for key, function in functions.items():
            setattr(part(name), key, function)
    module = part("retraining.retrain")
    for functions in stand_ins.values():
        for key, function in functions.items():
            setattr(module, key, function)
    os.environ["GITHUB_OUTPUT"] = "said"
    cfg = OmegaConf.create(
        {
            "title": "Shop",
            "name": "shop",
            "data": {"path": "data/raw/table.csv"},
            "evaluate": {"metric": "accuracy"},
            "retraining": {"promote": False},
        }
    )
    raised = None
    try:
        module.retrain(cfg)
    except (refusal, ValueError) as error:
        kind = "Refusal" if isinstance(error, refusal) else type(error).__name__
        raised = [kind, str(error)]
    record = json.loads(Path("reports/retraining.json").read_text())
    said = Path("said").read_text() if Path("said").exists() else ""
    report = Path("reports/retraining.md").exists()
    return [done, record["outcome"], record["changed"], raised, said, report]


def proposed(part, case):
    """Propose a candidate, where a case may be wrong.

    Returns:
        What was refused; what is in the repository and in its remote afterwards; the refs of each
        push; the stage of the version; and what GitHub is told.
    """
    import hashlib
    import os
    import subprocess
    import sys
    import types
    from pathlib import Path

    from omegaconf import OmegaConf

    def git(*words):
        done = subprocess.run(["git", *words], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    for who in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{who}_NAME": "A", f"GIT_{who}_EMAIL": "a@example.com"}
    log, said = Path("log").resolve(), Path("said").resolve()
    log.touch()
    os.environ["GITHUB_OUTPUT"] = str(said)
    git("init", "--quiet", "--bare", "origin.git")
    hooks = {"post-receive": f"cut -d ' ' -f 3 | sort | xargs >> '{log}'"}
    if case == "the remote refuses":
        hooks["pre-receive"] = "exit 1"
    for name, text in hooks.items():
        hook = Path("origin.git/hooks") / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{text}\n")
        hook.chmod(0o755)
    git("init", "--quiet", "--initial-branch", "main", "repo")
    os.chdir("repo")
    files = {
        ".gitignore": "models/\nreports/retraining.*\n",
        "conf/config.yaml": "seed: 7\n",
        "dvc.yaml": "stages: {}\n",
        "dvc.lock": "the former\n",
        "params.yaml": "seed: 7\n",
        "data/schema.yaml": "target: y\n",
        "src/features.py": "# as it was\n",
        "notes.md": "mine\n",
        "models/candidate/pipeline.skops": "a model\n",
    }
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    git("add", "--all")
    git("commit", "--quiet", "--message", "Start")
    if case != "no remote":
        git("remote", "add", "origin", "../origin.git")
    for name, text in (("dvc.lock", "the new run\n"), ("reports/metrics.json", "{}\n")):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text)
    Path("notes.md").write_text("mine, changed\n")  # which is none of the run's
    assigned, made = [], []

    class InMemory:
        def register(self, folder, commit="HEAD"):
            made.append("v0.0.2")
            git("tag", "--annotate", "shop@v0.0.2", "--message", "Register")
            return "v0.0.2"

        def assign(self, version, stage):
            if case == "the registry fails":
                raise part("tools.errors").Refusal("the registry can't be reached")
            assigned.append([version, stage])
            tag = f"shop#{stage}#{len(assigned)}"
            git("tag", "--annotate", tag, "--message", "Assign")

        def versions(self):
            make = part("registry").Version
            return [make(name, dict(assigned).get(name), "a", 1.0) for name in made]

    sys.modules["in_memory"] = types.ModuleType("in_memory")
    sys.modules["in_memory"].registry = InMemory
    part("tools.dvc").dvc = lambda *words: log.open("a").write(f"dvc {' '.join(words)}\n")
    module = part("retraining.propose")
    module.dvc = part("tools.dvc").dvc
    digest = {
        path: hashlib.sha256(Path(path).read_bytes()).hexdigest()
        for path in ("dvc.lock", "reports/metrics.json", "models/candidate/pipeline.skops")
    }
    candidate = digest.pop("models/candidate/pipeline.skops")
    reason = part("retraining.reasons").Reason("new data", True, "they are newer")
    outcome = "nothing" if case == "no candidate" else "candidate"
    about = {"reasons": [reason], "commit": git("rev-parse", "HEAD"), "changed": digest}
    part("retraining.record").Record(outcome, candidate=candidate, **about).save()
    if case == "changed since":
        Path("dvc.lock").write_text("another run\n")
    if case == "another model":
        Path("models/candidate/pipeline.skops").write_text("another model\n")
    cfg = OmegaConf.create(
        {
            "name": "shop",
            "registry": {"_target_": "in_memory.registry"},
            "retraining": {"promote": case == "promote"},
        }
    )
    refused = ""
    for _ in range(2 if case == "again" else 1):
        try:
            module.propose(cfg)
        except part("tools.errors").Refusal as refusal:
            refused = str(refusal) or "refused"
        if case == "again":
            git("checkout", "--quiet", "main")
    refs = "--format=%(refname)"
    there = ["-C", "../origin.git", "for-each-ref", refs]
    branch = f"retraining/{candidate[:7]}"
    has_branch = git("for-each-ref", f"refs/heads/{branch}")
    return {
        "refused": refused,
        "head": git("rev-parse", "--abbrev-ref", "HEAD"),
        "here": git("for-each-ref", refs).split(),
        "there": git(*there).split(),
        "came": log.read_text().splitlines(),
        "stages": assigned,
        "committed": git("show", "--name-only", "--format=", branch).split() if has_branch else [],
        "status": git("status", "--porcelain").splitlines(),
        "said": said.read_text() if said.exists() else "",
        "branch": branch,
    }


def test_a_stale_lock_turns_ci_red(team):
    """Stages that would run are named with 1; where nothing would, or was trained, it is 0."""
    code, said = team.ask(lock, ["train", "evaluate"])
    assert code == 1, f"expected 1 where stages would run, found {code}"
    assert "train" in said, f"expected the names of the stages, found {said!r}"
    assert "evaluate" in said, f"expected the names of the stages, found {said!r}"
    for stages in ([], None):
        code, said = team.ask(lock, stages)
        assert code == 0, f"expected 0 for {stages}, found {code}: {said!r}"


def test_a_promotion_starts_cd(team):
    """After two promotions the newest tag of production is an event, and all it needs is there."""
    tags = [
        ("shop@v0.0.1", "one"),
        ("shop#production#1", "one"),
        ("shop@v0.0.2", "two"),
        ("shop#production#2", "two"),
        ("shop#archived#3", "one"),
    ]
    refused, came = team.ask(pushed, tags, ["git", "dvc"])
    assert not refused, f"expected that it is pushed, found {refused!r}"
    first = came[: came.index("again")]
    every = [f"refs/tags/{tag}" for tag, _ in tags]
    events = [ref for line in first for ref in line.split() if line.count("refs/tags/") <= 3]
    started = [ref for ref in events if "#production#" in ref]
    assert started, f"expected an event of production, found pushes of {first}"
    assert started[-1] == every[3], f"expected that {every[3]} is the last event, found {started}"
    assert first[-1] == every[3], f"expected that it comes last and alone, found {first}"
    before = " ".join(first[:-1]).split()
    missing = [ref for ref in [*every[:3], every[4], "refs/heads/main"] if ref not in before]
    assert not missing, f"expected {missing} before it, found {first}"
    branch = first.index("refs/heads/main")
    files = [first.index(line) for line in ("dvc", "files of one", "files of two") if line in first]
    assert len(files) == 3, f"expected the files of both versions and of the branch, found {first}"
    assert max(files) < branch, f"expected all files before a commit, found {first}"
    rest = [line for line in came[len(first) :] if "refs/tags" in line]
    assert not rest, f"expected that a second push brings no tag again, found {rest}"


def test_without_a_remote_nothing_is_pushed(team):
    """Where Git or DVC has no remote, nothing comes to the other one."""
    for remotes in (["git"], ["dvc"]):
        refused, came = team.ask(pushed, [("shop@v0.0.1", "one")], remotes)
        assert refused, f"expected a refusal where only {remotes} has a remote"
        found = [line for line in came if "refs/" in line]
        assert not found, f"expected that nothing came to Git's remote, found {found}"


def test_a_service_that_is_right_is_taken(team):
    """A service that becomes ready in time, and answers but for rounding, is taken."""
    near = {"predictions": [{"prediction": "high", "probabilities": {"high": 0.75 + 1e-9}}]}
    refused, asked = team.ask(smoked, {"/predict": near, "in vain": 4}, 30)
    assert not refused, f"expected that it is taken, found {refused!r}"
    assert asked >= 5, f"expected that it is asked until it is ready, found {asked} times"


def test_a_service_that_is_wrong_is_refused(team):
    """Another version or answer, a wrong row that is taken, or a dead part: each is refused."""
    other = {"predictions": [{"prediction": "high", "probabilities": {"high": 0.74}}]}
    wrong = {
        "another answer": {"/predict": other},
        "no prediction": {"/predict": {"predictions": []}},
        "another version": {"/model": {"version": "v0.0.1", "runtime": "onnx"}},
        "no version": {"/model": {}},
        "a wrong value that is taken": {"row": [200, {"predictions": [{"prediction": "high"}]}]},
        "a refusal of another field": {"row": [422, {"problems": [{"field": "kind"}]}]},
        "no count of requests": {"/metrics": "other 1.0\n"},
        "a count of none": {"/metrics": 'requests_total{path="/predict"} 0.0\n'},
        "no life": {"/health": None},
        "a service that is never ready": {"in vain": 10**6},
    }
    for what, changes in wrong.items():
        refused, _ = team.ask(smoked, changes, 3)
        assert refused, f"expected a refusal of {what}, it was taken"


def test_nothing_is_trained_without_a_reason(team):
    """Without a reason nothing is trained, and what was fetched is taken back."""
    done, outcome, _, raised, said, report = team.ask(retrained, [])
    assert raised is None, f"expected no error, found {raised}"
    assert outcome == "nothing", f"expected nothing, found {outcome}"
    assert "train" not in done, f"expected that nothing is trained, found {done}"
    assert done[-1] == "taken back", f"expected that it is taken back, found {done}"
    assert said == "outcome=nothing\n", f"expected outcome=nothing for GitHub, found {said!r}"
    assert report, "expected a report, there is none"


def test_a_reason_leads_to_a_candidate(team):
    """With a reason the steps come one after the other, and what passes is kept."""
    done, outcome, changed, raised, said, report = team.ask(retrained, ["reason"])
    assert raised is None, f"expected no error, found {raised}"
    assert outcome == "candidate", f"expected a candidate, found {outcome}"
    order = ["committed", "fetch", "validate", "reasons", "train", "judge", "keep", "kept"]
    found = [step for step in done if step in order]
    assert found == order, f"expected {order}, found {found}"
    assert changed == {"dvc.lock": "abc"}, f"expected what the run changed, found {changed}"
    assert said == "outcome=candidate\n", f"expected outcome=candidate, found {said!r}"
    assert report, "expected a report, there is none"
    _, outcome, *_ = team.ask(retrained, ["reason", "same"])
    assert outcome == "nothing", f"expected nothing where nothing changed, found {outcome}"


def test_what_is_refused_is_taken_back_and_told(team):
    """A refusal or an error at any step is an outcome, a report, an exit code, and nothing else."""
    for step in ("committed", "fetch", "validate", "train", "judge"):
        for what, kind in (("refused", "Refusal"), ("breaks", "ValueError")):
            found = team.ask(retrained, ["reason", f"{what}: {step}"])
            done, outcome, _, raised, said, report = found
            assert outcome == "refused", f"expected refused at {step}, found {outcome}"
            assert raised, f"expected an error at {step}, found none"
            assert raised[0] == kind, f"expected a {kind} at {step}, found {raised}"
            assert f"{step} says no" in raised[1], f"expected the reason, found {raised}"
            assert "kept" not in done, f"expected that nothing is kept, found {done}"
            assert said == "outcome=refused\n", f"expected outcome=refused, found {said!r}"
            assert report, f"expected a report after {what} at {step}, there is none"


def test_what_is_elsewhere_is_no_failure(team):
    """Where the data or the schema are on another machine, nothing is done, and nothing fails."""
    for happens in (["elsewhere: fetch"], ["elsewhere: to lose"], ["no schema"]):
        _, outcome, _, raised, said, report = team.ask(retrained, ["reason", *happens])
        assert [outcome, raised] == ["nothing", None], (
            f"expected nothing, found {outcome}, {raised}"
        )
        assert said == "outcome=nothing\n", f"expected outcome=nothing, found {said!r}"
        assert report, "expected a report, there is none"


def test_a_candidate_is_proposed(team):
    """A branch with what the run changed and a version in staging come in one push."""
    found = team.ask(proposed, "fine")
    assert not found["refused"], f"expected that it is proposed, found {found['refused']!r}"
    branch = f"refs/heads/{found['branch']}"
    tags = ["refs/tags/shop#staging#1", "refs/tags/shop@v0.0.2"]
    assert found["there"] == [branch, *tags], f"expected {[branch, *tags]}, found {found['there']}"
    pushes = [line for line in found["came"] if "refs/" in line]
    assert pushes == [" ".join([branch, *tags])], f"expected one push of all, found {pushes}"
    assert found["came"][0].startswith("dvc push"), f"expected `dvc push` first, {found['came']}"
    expected = ["dvc.lock", "reports/metrics.json"]
    assert found["committed"] == expected, f"expected {expected}, found {found['committed']}"
    lines = set(found["said"].splitlines())
    expected = {f"branch={found['branch']}", "version=v0.0.2", "promoted=false"}
    assert lines == expected, f"expected {expected} for GitHub, found {lines}"


def test_a_candidate_goes_into_production_where_that_is_set(team):
    """With retraining.promote the version goes into production, and not by way of staging."""
    found = team.ask(proposed, "promote")
    assert found["stages"] == [["v0.0.2", "production"]], f"found {found['stages']}"
    assert "promoted=true" in found["said"], f"expected promoted=true, found {found['said']!r}"


def test_a_candidate_is_proposed_once(team):
    """A second call finds its branch, and changes nothing."""
    found = team.ask(proposed, "again")
    assert not found["refused"], f"expected no refusal, found {found['refused']!r}"
    pushes = [line for line in found["came"] if "refs/" in line]
    assert len(pushes) == 1, f"expected one push, found {pushes}"


def test_without_a_remote_it_stays_here(team):
    """Where there is no remote, branch and version are here."""
    found = team.ask(proposed, "no remote")
    assert not found["refused"], f"expected that it is proposed, found {found['refused']!r}"
    branch = f"refs/heads/{found['branch']}"
    assert branch in found["here"], f"expected {branch}, found {found['here']}"
    assert found["stages"] == [["v0.0.2", "staging"]], f"found {found['stages']}"


def test_what_fails_leaves_all_as_it_was(team):
    """If the registry or the remote refuses, or files changed, no branch, tag or commit is left."""
    cases = ["the remote refuses", "the registry fails", "changed since", "another model"]
    for case in [*cases, "no candidate"]:
        found = team.ask(proposed, case)
        assert found["refused"], f"expected a refusal: {case}"
        assert found["head"] == "main", f"expected main after {case}, found {found['head']}"
        here = found["here"]
        assert here == ["refs/heads/main"], f"expected main alone after {case}, found {here}"
        assert not found["there"], f"expected nothing in the remote, found {found['there']}"
        changed = "M dvc.lock" in [line.strip() for line in found["status"]]
        assert changed, f"expected that the run's files stay, found {found['status']}"
