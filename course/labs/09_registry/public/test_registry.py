"""A model goes from staging to production, is archived, and is brought back."""


def registered(part):
    """Register a model in a new repository, and promote it; give what is seen after each."""
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
    folder = Path("repo/models/candidate")
    folder.mkdir(parents=True)
    listed = {"model.txt": hashlib.sha256(b"a model").hexdigest()}
    (folder / "model.txt").write_bytes(b"a model")
    (folder / "hashes.json").write_text(json.dumps(listed))
    os.chdir("repo")
    git("init", "--quiet")
    Repo.init().close()
    stage = {"cmd": "true", "outs": ["models/candidate"]}
    Path("dvc.yaml").write_text(json.dumps({"stages": {"candidate": stage}}))
    with Repo() as repo:
        repo.commit("candidate", force=True)
    git("add", "--all")
    git("commit", "--quiet", "--message", "Train")
    found = part("registry.in_git").GitRegistry("shop")
    version = part("registry.commands").registered(found)
    seen = [version, found.versions()[0].stage]
    part("registry").put_into_production(found, version)
    return [*seen, found.versions()[0].stage, found.served(), git("tag")]


def brought_back(part):
    """Promote two versions of a registry in memory, and roll back; give their stages."""
    import sys
    import types

    from omegaconf import OmegaConf

    class InMemory:
        def __init__(self):
            self.assigned = []

        def assign(self, version, stage):
            self.assigned.append((version, stage))

        def versions(self):
            stages = {}
            for version, stage in self.assigned:
                if stage == "production":
                    stages = {v: s for v, s in stages.items() if s != stage}
                stages[version] = stage
            make = part("registry").Version
            return [make(name, stages.get(name), "a", 1.0) for name in ("v0.0.1", "v0.0.2")]

        def served(self):
            return list(dict.fromkeys(v for v, stage in self.assigned if stage == "production"))

    found = InMemory()
    sys.modules["in_memory"] = types.ModuleType("in_memory")
    sys.modules["in_memory"].registry = lambda: found
    for version in ("v0.0.1", "v0.0.2"):
        part("registry").put_into_production(found, version)
    seen = [{version.name: version.stage for version in found.versions()}]
    cfg = OmegaConf.create({"name": "shop", "registry": {"_target_": "in_memory.registry"}})
    part("registry.commands").rollback(cfg)
    return [*seen, {version.name: version.stage for version in found.versions()}]


def test_a_model_is_registered_and_promoted(team):
    """A new version is in staging, then in production, and Git has a tag of each step."""
    version, *stages, served, tags = team.ask(registered)
    assert version == "v0.0.1", f"expected v0.0.1, found {version}"
    expected = ["staging", "production"]
    assert stages == expected, f"expected {expected}, found {stages}"
    assert served == ["v0.0.1"], f"expected that v0.0.1 was in production, found {served}"
    expected = ["shop#production#2", "shop#staging#1", "shop@v0.0.1"]
    assert sorted(tags) == expected, f"expected {expected}, found {tags}"


def test_the_version_before_is_brought_back(team):
    """What is replaced is archived; after a rollback it is in production again."""
    before, after = team.ask(brought_back)
    expected = {"v0.0.1": "archived", "v0.0.2": "production"}
    assert before == expected, f"expected {expected}, found {before}"
    expected = {"v0.0.1": "production", "v0.0.2": "archived"}
    assert after == expected, f"expected {expected} after the rollback, found {after}"
