"""Stories of versions that students don't see."""


def lived(part, steps):
    """Live through steps with a registry in memory.

    A step is `train`, `register`, `promote` (the candidate), `rollback` or `rollback of v0.0.1`.

    Returns:
        After each step: what was refused, and the stage of each version.
    """
    import sys
    import types

    from omegaconf import OmegaConf

    class InMemory:
        def __init__(self):
            self.made, self.assigned, self.trained = [], [], 0

        def register(self, folder, commit="HEAD"):
            if self.trained not in self.made:
                self.made.append(self.trained)
            return f"v0.0.{self.made.index(self.trained) + 1}"

        def assign(self, version, stage):
            self.assigned.append((version, stage))

        def versions(self):
            stages = {}
            for version, stage in self.assigned:
                if stage in ("production", "staging"):
                    stages = {v: s for v, s in stages.items() if s != stage}
                stages[version] = stage
            names = [f"v0.0.{number + 1}" for number in range(len(self.made))]
            make = part("registry").Version
            return [make(name, stages.get(name), "a", 1.0) for name in names]

        def served(self):
            return list(dict.fromkeys(v for v, stage in self.assigned if stage == "production"))

    found = InMemory()
    sys.modules["in_memory"] = types.ModuleType("in_memory")
    sys.modules["in_memory"].registry = lambda: found
    cfg = OmegaConf.create({"name": "shop", "registry": {"_target_": "in_memory.registry"}})
    seen = []
    for step in steps:
        refused = ""
        try:
            if step == "train":
                found.trained += 1
            elif step == "register":
                part("registry.commands").registered(found)
            elif step == "promote":
                part("registry").put_into_production(found, found.register(None))
            else:
                of = step.partition(" of ")[2]
                meant = OmegaConf.merge(cfg, {"of": of}) if of else cfg
                part("registry.commands").rollback(meant)
        except part("tools.errors").Refusal as refusal:
            refused = str(refusal) or "refused"
        seen.append([refused, {version.name: version.stage for version in found.versions()}])
    return seen


def registered(part, steps):
    """Live through steps in a new repository of Git and DVC.

    A step is `train`, `edit` (the files here), `forget` (to commit what a run made), `commit`
    (something else) or `register`.

    Returns:
        After each time that something is registered: the version, or what was refused; and the
        tags. At the end, the digest of each version, and that of the first model.
    """
    import hashlib
    import json
    import os
    import subprocess
    from pathlib import Path

    from dvc.repo import Repo

    def git(*words):
        done = subprocess.run(["git", *words], check=True, capture_output=True, text=True)
        return done.stdout.split()

    for who in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{who}_NAME": "A", f"GIT_{who}_EMAIL": "a@example.com"}
    os.environ["DVC_SITE_CACHE_DIR"] = str(Path("site").resolve())
    Path("repo").mkdir()
    os.chdir("repo")
    git("init", "--quiet")
    Repo.init().close()
    stage = {"cmd": "true", "outs": ["models/candidate"]}
    Path("dvc.yaml").write_text(json.dumps({"stages": {"candidate": stage}}))
    found, candidate = part("registry.in_git").GitRegistry("shop"), Path("models/candidate")
    seen, digests = [], []
    for number, step in enumerate(steps):
        if step in ("train", "edit", "forget"):
            candidate.mkdir(parents=True, exist_ok=True)
            text = f"model {number}\n"
            (candidate / "model.txt").write_text(text)
            listed = {"model.txt": hashlib.sha256(text.encode()).hexdigest()}
            (candidate / "hashes.json").write_text(json.dumps(listed))
            digests.append(hashlib.sha256(json.dumps(listed).encode()).hexdigest())
        if step in ("train", "forget"):
            with Repo() as repo:
                repo.commit("candidate", force=True)
        if step in ("train", "commit"):
            Path("notes.md").write_text(f"step {number}\n")
            git("add", "--all")
            git("commit", "--quiet", "--message", f"Step {number}")
        if step == "register":
            try:
                said = found.register(candidate)
            except part("tools.errors").Refusal:
                said = "refused"
            seen.append([said, sorted(git("tag"))])
    return [seen, [version.digest for version in found.versions()], digests[0]]


def listed(part, tags):
    """Write tags, each at a commit, with a date and a message; give versions and those served."""
    import os
    import subprocess

    def git(*words, **variables):
        environment = {**os.environ, **variables}
        subprocess.run(["git", *words], check=True, capture_output=True, env=environment)

    for who in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{who}_NAME": "A", f"GIT_{who}_EMAIL": "a@example.com"}
    git("init", "--quiet")
    for commit in dict.fromkeys(commit for _, commit, *_ in tags):
        git("commit", "--quiet", "--allow-empty", "--message", commit)
        git("tag", commit)
    for name, commit, day, message in tags:
        date = f"2026-03-{day:02}T12:00:00+00:00"
        git("tag", "--annotate", name, commit, "--message", message, GIT_COMMITTER_DATE=date)
    found = part("registry.in_git").GitRegistry("shop")
    versions = [[version.name, version.stage, version.digest] for version in found.versions()]
    return [versions, found.served()]


def fetched(part, kinds):
    """Bring versions to a folder with another model; give what was refused, and what is there."""
    import hashlib
    import json
    from pathlib import Path

    def model(folder, text, says=None):
        folder.mkdir(parents=True)
        (folder / "model.txt").write_text(text)
        hashes = {"model.txt": hashlib.sha256((says or text).encode()).hexdigest()}
        (folder / "hashes.json").write_text(json.dumps(hashes))
        return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()

    module, refusal = part("registry"), part("tools.errors").Refusal
    digest = model(Path("registered"), "as registered")

    class InMemory:
        def versions(self):
            known = None if kind == "without a digest" else digest
            return [
                module.Version("v0.0.1", "archived", "a", 1.0, "0" * 64),
                module.Version("v0.0.2", "production", "b", 2.0, known),
            ]

        def fetch(self, version, folder):
            if kind == "nowhere":
                raise refusal("its files are nowhere")
            text = "of another hand" if kind in ("others", "damaged") else "as registered"
            model(folder, text, says="as registered" if kind == "damaged" else None)
            return folder

    found = []
    for kind in kinds:
        models = Path(kind.replace(" ", "-"))
        model(models / "production", "the former")
        refused = ""
        try:
            module.fetch_version(InMemory(), "v0.0.2", models / "production")
        except refusal as said:
            refused = str(said) or "refused"
        text = (models / "production" / "model.txt").read_text()
        found.append([refused, text, sorted(path.name for path in models.iterdir())])
    return found


def stages_of(team, steps):
    """Live through steps of which none is refused; give the stages after each."""
    found = team.ask(lived, steps)
    refused = [f"{step}: {said}" for step, (said, _) in zip(steps, found, strict=True) if said]
    assert not refused, f"expected that nothing is refused, found {refused}"
    return [stages for _, stages in found]


def check_refused(team, steps):
    """Expect that the last step, and it alone, is refused, and that it changes nothing."""
    *before, (refused, stages) = team.ask(lived, steps)
    early = [said for said, _ in before if said]
    assert not early, f"expected that all but `{steps[-1]}` is done, found {early}"
    assert refused, f"expected that `{steps[-1]}` is refused after {steps[:-1]}, it was not"
    assert "\n" not in refused, f"expected a refusal of one line, found {refused!r}"
    assert stages == before[-1][1], f"expected that nothing changes, found {stages}"


def test_rolling_back_twice_goes_back_twice(team):
    """Of three versions, the second rollback brings back the first one."""
    *_, once, twice = stages_of(team, ["train", "promote"] * 3 + ["rollback", "rollback of v0.0.2"])
    expected = {"v0.0.1": "archived", "v0.0.2": "production", "v0.0.3": "archived"}
    assert once == expected, f"expected {expected} after one rollback, found {once}"
    expected = {"v0.0.1": "production", "v0.0.2": "archived", "v0.0.3": "archived"}
    assert twice == expected, f"expected {expected} after two rollbacks, found {twice}"


def test_what_can_not_be_brought_back_is_refused(team):
    """Nothing in production, no version before it, or another one meant: a rollback is refused."""
    check_refused(team, ["train", "register", "rollback"])
    check_refused(team, ["train", "promote", "rollback"])
    check_refused(team, ["train", "promote", "train", "promote", "rollback of v0.0.1"])


def test_a_version_keeps_its_stage(team):
    """Who registers what is in production already, or promotes it again, changes nothing."""
    _, *seen = stages_of(team, ["train", "promote", "register", "promote"])
    for found in seen:
        assert found == {"v0.0.1": "production"}, f"expected that it stays, found {found}"
    *_, found = stages_of(team, ["train", "register", "train", "register"])
    expected = {"v0.0.1": None, "v0.0.2": "staging"}
    assert found == expected, f"expected {expected}, found {found}"


def test_only_what_was_registered_is_brought(team):
    """Other or damaged files are refused, and the folder keeps the model that was there."""
    kinds = ["others", "damaged", "nowhere"]
    for kind, (refused, there, beside) in zip(kinds, team.ask(fetched, kinds), strict=True):
        assert refused, f"expected that files are refused which are {kind}, they were taken"
        assert there == "the former", f"expected the former model, found {there!r}"
        assert beside == ["production"], f"expected nothing else, found {beside}"


def test_what_was_registered_is_brought(team):
    """A version's own files take the folder's place, also those of one without a digest."""
    kinds = ["same", "without a digest"]
    for kind, (refused, there, _) in zip(kinds, team.ask(fetched, kinds), strict=True):
        assert not refused, f"expected that files are taken which are {kind}, found {refused!r}"
        assert there == "as registered", f"expected the version's files, found {there!r}"


def test_the_number_of_a_tag_counts(team):
    """Stages are those that the tags' numbers give, whatever their dates; many are archived."""
    tags = [
        ("shop@v0.0.9", "a", 1, "Register\n\ndigest: sha256:abc"),
        ("shop@v0.0.10", "b", 2, "Register"),
        ("shop@v0.0.11", "c", 3, "Register\n\ndigest: sha256:def"),
        ("shop#production#1", "a", 20, "Assign"),
        ("shop#production#2", "b", 20, "Assign"),
        ("shop#archived#3", "a", 9, "Assign"),
        ("shop#production#10", "c", 5, "Assign"),
        ("shop#archived#11", "b", 4, "Assign"),
        ("shop@v0.0.12", "d", 6, "Register"),
        ("shop@v0.0.13", "e", 6, "Register"),
        ("shop#staging#12", "d", 8, "Assign"),
        ("shop#staging#13", "e", 7, "Assign"),
    ]
    versions, served = team.ask(listed, tags)
    expected = [
        ["v0.0.9", "archived", "abc"],
        ["v0.0.10", "archived", None],
        ["v0.0.11", "production", "def"],
        ["v0.0.12", None, None],
        ["v0.0.13", "staging", None],
    ]
    assert versions == expected, f"expected {expected}, found {versions}"
    expected = ["v0.0.9", "v0.0.10", "v0.0.11"]
    assert served == expected, f"expected {expected}, found {served}"


def test_a_model_has_one_version_of_what_was_committed(team):
    """The same model has one version; what nobody committed has none."""
    steps = ["train", "register", "commit", "register", "edit", "register", "forget", "register"]
    (first, again, edited, forgotten), digests, digest = team.ask(registered, steps)
    assert first == ["v0.0.1", ["shop@v0.0.1"]], f"expected v0.0.1 and its tag, found {first}"
    assert again == first, f"expected that the same model keeps {first}, found {again}"
    expected = ["refused", ["shop@v0.0.1"]]
    assert edited == expected, f"expected a refusal of files that nobody committed, found {edited}"
    assert forgotten == expected, f"expected a refusal of a run not committed, found {forgotten}"
    assert digests == [digest], f"expected the digest {digest} in the tag, found {digests}"
