"""The workflows of a rendered repo at work: every `run:` is executed, in clean clones.

What only GitHub has is stood in for (tests/github/standins.py): its actions, `gh`, its registry of
images. Machines to deploy to are stood in for too (tests/hosts.py). Git, DVC, training, the gate,
the service, its log, the monitor and the receiver are real.
"""

import json
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]
import pytest

from tests.at_work import attempt, change, commit, quicken, run
from tests.github.machine import Use
from tests.github.runner import Run, Runner
from tests.github.standins import STANDINS, setup_uv
from tests.hosts import Hosts
from tests.rendered import EXAMPLES, RenderedRepo, clean_environment, render
from tests.served import free_port, python, until
from tests.warm import put_warm_python

pytestmark = pytest.mark.slow

NAME = "someone/penguins"
TABLE = EXAMPLES / "penguins" / "penguins.csv"
SECRET, TOKEN = "a private key that nobody may read", "a person's token"


def green(found: Run) -> Run:
    assert found.conclusion == "success", found.log[-6000:]
    return found


def setup_warm_uv(use: Use) -> dict[str, str]:
    """Do what the stand-in does; an environment that an earlier job has made gets a warm Python.

    A repository's own tests are run by the Python that people run them with.
    """
    own, job = use.machine.workspace / ".venv", use.machine.contexts["github"]["job"]
    if own.exists() and job != "test":
        put_warm_python(own)
    return setup_uv(use)


WARM = STANDINS | {"astral-sh/setup-uv": setup_warm_uv}


# --- from the first commit ---


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Give a repo as it was born: one commit, nothing set up."""
    return render(tmp_path_factory.mktemp("born"), project_name="Penguins", github_owner="someone")


@pytest.fixture(scope="class")
def runner(
    fresh: RenderedRepo, environment: Path, tmp_path_factory: pytest.TempPathFactory
) -> Runner:
    """Give machines that share what the first job sets up, from nothing."""
    folder = tmp_path_factory.mktemp("runner")
    return Runner(fresh.path, WARM, name=NAME, folder=folder, reuse=[".venv", "uv.lock"])


class TestFirstCommit:
    """What GitHub says of a repo that was rendered and pushed, where nobody trained anything."""

    def test_ci_is_green(self, runner: Runner) -> None:
        here = f"3.{sys.version_info.minor}"
        found = green(
            runner.run("ci.yml", "push", matrix=lambda leg: leg.get("python", here) == here)
        )
        assert {job.conclusion for job in found.jobs.values()} == {"success"}
        assert set(found.jobs) == {"check", "test", "pipeline", "changes", "image", "pass"}
        # The newest Python alone is asked for coverage, which costs the others half as long again.
        measured = "Required test coverage of 90.0% reached" in found.jobs["test"].log
        assert measured == (here == "3.14")
        assert re.search(r"\d{3,} passed", found.jobs["test"].log)
        assert (
            "dvc.lock"
            in found.jobs["check"].step("dvc.lock is what code, parameters and data give").log
        )
        assert found.summary
        assert runner.hub.read()["images"] == []

    def test_ct_has_nothing_to_do_and_says_what_to_set(self, runner: Runner) -> None:
        found = green(runner.run("ct.yml", "schedule"))
        assert found.jobs["retrain"].step("retrain").outputs["outcome"] == "nothing"
        assert "data/schema.yaml is not committed; \\`make setup" in found.summary
        assert not runner.calls()

    def test_it_follows_no_template_and_says_how(self, fresh: RenderedRepo, tmp_path: Path) -> None:
        runner = Runner(fresh.path, name=NAME, folder=tmp_path)
        found = green(runner.run("template.yml", "schedule"))
        assert found.jobs["update"].step("check").outputs["outcome"] == "unlinked"
        assert "uvx cruft link" in found.summary
        assert found.jobs["update"].step("update").conclusion == "skipped"

    def test_cd_says_what_to_set_and_stops(self, fresh: RenderedRepo, tmp_path: Path) -> None:
        runner = Runner(fresh.path, name=NAME, folder=tmp_path)
        given = {"image": {"image": "ghcr.io/someone/penguins", "tag": "v1", "version": "v0.0.1"}}
        found = runner.run("cd.yml", "workflow_dispatch", only=["staging"], given=given)
        assert found.jobs["staging"].conclusion == "failure"
        assert "DEPLOY_TARGET is not set" in found.jobs["staging"].log
        assert found.jobs["staging"].outputs["failed"] == "false"  # so nothing is rolled back

    def test_production_may_be_only_by_hand(self, fresh: RenderedRepo, tmp_path: Path) -> None:
        runner = Runner(fresh.path, vars={"PRODUCTION": "by hand"}, name=NAME, folder=tmp_path)
        found = [
            runner.run("cd.yml", event, only=["production"]).jobs["production"]
            for event in ("release", "workflow_dispatch")
        ]
        assert [job.conclusion for job in found] == ["skipped", "failure"]
        assert "DEPLOY_TARGET is not set" in found[1].log


# --- the whole story ---


class Story:
    """A person's repo, GitHub's copy of it, two machines, and where the table comes from."""

    def __init__(self, folder: Path) -> None:
        self.source = folder / "source.csv"
        self.source.write_bytes(TABLE.read_bytes())
        self.repo = render(folder, project_name="Penguins", github_owner="someone")
        run(self.repo, "make", "setup")
        put_warm_python(self.repo.path / ".venv")
        quicken(self.repo)
        run(self.repo, "dvc", "import-url", "--force", str(self.source), "data/raw/penguins.csv")
        run(self.repo, "make", "pipeline")
        commit(self.repo, "Train")
        run(self.repo, "make", "promote")
        # Only now others are to have it, too late for the commit of the model.
        run(self.repo, "make", "remote", f"URL={folder / 'storage'}")
        commit(self.repo, "Keep data and models where others see them")
        self.bare = folder / "penguins.git"
        subprocess.run(["git", "init", "--quiet", "--bare", "-b", "main", self.bare], check=True)
        run(self.repo, "git", "remote", "add", "origin", str(self.bare))
        self.pushes = folder / "pushes"
        hook = self.bare / "hooks" / "post-receive"
        hook.write_text(f"#!/bin/sh\ncut -d ' ' -f 3 | xargs >> {self.pushes}\n")
        hook.chmod(0o755)
        self.first = self.push()
        self.hosts = Hosts(folder / "hosts", "penguins")
        ssh = {"SSH_KEY": SECRET}
        environments = {
            name: (
                {
                    "DEPLOY_TARGET": "compose",
                    "DEPLOY_HOST": f"me@{name}",
                    "DEPLOY_PORT": str(free_port()),
                    "SSH_KNOWN_HOSTS": f"{name} ssh-ed25519 AAAA",
                },
                ssh,
            )
            for name in ("staging", "production")
        }
        self.runner = Runner(
            self.bare,
            WARM | {"docker/build-push-action": self.hosts.build},
            bin=[self.hosts.bin],
            environments=environments,
            name=NAME,
            folder=folder / "runner",
            reuse=[".venv"],
        )

    def push(self) -> list[str]:
        """`make push`; give the tags by which GitHub would start CD.

        It creates no event for tags that are pushed more than three at once.
        """
        self.pushes.write_text("")
        run(self.repo, "make", "push")
        tags = [
            [ref for ref in line.split() if ref.startswith("refs/tags/")]
            for line in self.pushes.read_text().splitlines()
        ]
        told = [tag for push in tags if len(push) <= 3 for tag in push]
        return [tag for tag in told if tag.startswith("refs/tags/penguins#production#")]

    def pull(self, branch: str = "main") -> None:
        """Take up what is on GitHub, tags and data too."""
        run(self.repo, "git", "pull", "--quiet", "--ff-only", "--tags", "origin", branch)
        run(self.repo, "dvc", "pull", "--quiet", "--force")

    def refs(self) -> set[str]:
        """Every branch and tag on GitHub, and where it points."""
        listed = subprocess.run(
            ["git", "-C", self.bare, "for-each-ref", "--format=%(refname) %(objectname)"],
            capture_output=True,
            text=True,
            check=True,
        )
        return {*listed.stdout.splitlines()}

    def stages(self) -> dict[str, str]:
        """Which version is in which stage, in GitHub's copy."""
        run(self.repo, "git", "fetch", "--quiet", "--tags", "origin")
        rows = [line.split("│") for line in run(self.repo, "make", "models").splitlines()]
        return {row[1].strip(): row[2].strip() for row in rows if len(row) > 3}

    def table(self, rows: pd.DataFrame) -> None:
        """Give the source other rows."""
        rows.to_csv(self.source, index=False)

    def issues(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.runner.hub.read()["issues"]
        return found

    def deployed(self) -> list[str]:
        """The versions that staging and production answer with."""
        return [self.hosts.answer(name)["version"] for name in ("staging", "production")]


@pytest.fixture(scope="class")
def story(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Begin: the first model is in production, on paper."""
    found = Story(tmp_path_factory.mktemp("story"))
    yield found
    found.hosts.stop()


def drifted(rows: pd.DataFrame) -> pd.DataFrame:
    """The same penguins, on another diet."""
    return rows.assign(
        body_mass_g=rows["body_mass_g"] + 450, flipper_length_mm=rows["flipper_length_mm"] + 7
    )


@pytest.fixture(scope="class")
def world() -> pd.DataFrame:
    """Give rows as the world has them later: the old ones, and many that drifted."""
    rows = pd.read_csv(TABLE)
    return pd.concat([rows, drifted(rows)], ignore_index=True)


@pytest.fixture
def api() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Stand in for GitHub's API: its address, and the events that it was sent."""
    events: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == f"/repos/{NAME}/dispatches"
            assert self.headers["Authorization"] == f"Bearer {TOKEN}"
            events.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", events
    server.shutdown()


class TestStory:
    """From the first promotion to a rollback; each test goes on where the one before it ended."""

    said: dict[str, Any] = {}

    def test_the_promoted_model_is_deployed(self, story: Story) -> None:
        (tag,) = story.first
        assert tag == "refs/tags/penguins#production#1"
        found = green(story.runner.run("cd.yml", "push", ref=tag))
        assert found.jobs["rollback"].conclusion == "skipped"
        outputs = found.jobs["image"].outputs
        head = run(story.repo, "git", "describe", "--always", "--exclude=*", "penguins@v0.0.1")
        head = head.strip()
        assert (outputs["version"], outputs["tag"]) == ("v0.0.1", f"v0.0.1-{head}")
        hub = story.runner.hub.read()
        assert [image["tag"] for image in hub["images"]] == [
            f"ghcr.io/someone/penguins:v0.0.1-{head}"
        ]
        assert hub["attested"][0]["digest"] == hub["images"][0]["digest"]
        for name in ("staging", "production"):
            assert "ok /model: v0.0.1" in found.jobs[name].step("smoke").log
        assert story.deployed() == ["v0.0.1", "v0.0.1"]
        assert SECRET not in found.log

    def test_the_world_drifts_and_the_monitor_sees_it(
        self, story: Story, world: pd.DataFrame
    ) -> None:
        live = drifted(pd.read_csv(TABLE)).drop(columns="species").dropna().head(250)
        answers = story.hosts.answer("production", json.loads(live.to_json(orient="records")))
        assert len(answers["predictions"]) == 250
        log = story.hosts.there("production") / "logs" / "predictions"
        words = python(story.repo, "-m", "penguins.monitoring.drift")
        found = attempt(story.repo, *words, f"monitoring.log.folder={log}")
        assert found.returncode == 3, found.stdout + found.stderr
        assert "body_mass_g" in json.loads(story.repo.read("reports/drift.json"))["drifted"]
        assert story.repo.has("reports/drift.html")

    def test_an_alert_asks_github_to_train_again(
        self, story: Story, api: tuple[str, list[dict[str, Any]]]
    ) -> None:
        port = free_port()
        receiver = subprocess.Popen(
            python(
                story.repo, "-m", "penguins.retraining.receiver", f"retraining.alerts.port={port}"
            ),
            cwd=story.repo.path,
            env=clean_environment(
                GITHUB_REPOSITORY=NAME, GITHUB_TOKEN=TOKEN, GITHUB_API_URL=api[0]
            ),
            stderr=subprocess.DEVNULL,
        )
        alert = {
            "status": "firing",
            "labels": {"alertname": "Drift", "action": "retrain"},
            "annotations": {"summary": "body_mass_g | has `drifted`\nsince Monday"},
        }

        def sent() -> bool:
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/alerts",
                json.dumps({"alerts": [alert]}).encode(),
                {"Content-Type": "application/json"},
            )
            try:
                return urllib.request.urlopen(request).status == 200  # type: ignore[no-any-return] # noqa: S310
            except OSError:
                return False

        try:
            until(sent, "the receiver")
        finally:
            receiver.terminate()
            receiver.wait()
        (event,) = api[1]
        assert event["event_type"] == "retrain"
        self.said["payload"] = event["client_payload"]

    def test_ct_makes_a_better_candidate_and_proposes_it(
        self, story: Story, world: pd.DataFrame
    ) -> None:
        log = story.hosts.there("production") / "logs" / "predictions"
        change(story.repo, "conf/retraining/default.yaml", "log_from: null", f"log_from: {log}")
        run(story.repo, "make", "params")
        commit(story.repo, "Say where the log lies")
        story.push()
        story.table(world)
        before = story.refs()
        payload = {"action": "retrain", "client_payload": self.said["payload"]}
        found = green(story.runner.run("ct.yml", "repository_dispatch", payload))
        job = found.jobs["retrain"]
        assert job.step("retrain").outputs["outcome"] == "candidate"
        outputs = job.step("propose").outputs
        assert (outputs["version"], outputs["promoted"]) == ("v0.0.2", "false")
        new = {line.split()[0] for line in story.refs() - before}
        assert new == {
            f"refs/heads/{outputs['branch']}",
            "refs/tags/penguins@v0.0.2",
            "refs/tags/penguins#staging#2",
        }
        (pull_request,) = story.runner.hub.read()["prs"]
        body = pull_request["body"]
        assert pull_request["headRefName"] == outputs["branch"]
        assert "since Monday" in body
        assert "new data" in body.lower()
        assert "### Drift: in " in body
        assert "mermaid" in body
        assert body in found.summary
        started = story.runner.calls("workflow run")
        assert [call["argv"][2] for call in started] == ["ci.yml"]
        assert not story.issues()
        self.said["branch"] = outputs["branch"]

    def test_ci_says_what_changes(self, story: Story) -> None:
        ref = f"refs/heads/{self.said['branch']}"
        found = green(story.runner.run("ci.yml", "pull_request", ref=ref, only=["changes"]))
        (comment,) = story.runner.calls("pr comment")
        assert "balanced_accuracy" in found.summary
        assert comment["body"] in found.summary

    def test_a_person_merges_and_promotes_and_it_is_deployed(self, story: Story) -> None:
        story.pull(self.said["branch"])
        assert "v0.0.2 is in production" in run(story.repo, "make", "promote")
        (tag,) = story.push()
        found = green(story.runner.run("cd.yml", "push", ref=tag))
        assert found.jobs["image"].outputs["version"] == "v0.0.2"
        assert story.deployed() == ["v0.0.2", "v0.0.2"]
        assert story.stages() == {"v0.0.2": "production", "v0.0.1": "archived"}

    def test_without_a_reason_nothing_is_done(self, story: Story) -> None:
        before = story.refs()
        found = green(story.runner.run("ct.yml", "schedule"))
        assert found.jobs["retrain"].step("retrain").outputs["outcome"] == "nothing"
        assert found.jobs["retrain"].step("propose").conclusion == "skipped"
        assert story.refs() == before
        assert not story.issues()

    def test_a_model_that_learned_nothing_is_refused_and_nothing_is_left_but_why(
        self, story: Story, world: pd.DataFrame
    ) -> None:
        labels = world["species"].sample(frac=1, random_state=0).to_numpy()
        story.table(world.assign(species=labels))
        before = story.refs()
        found = story.runner.run("ct.yml", "schedule")
        assert found.jobs["retrain"].conclusion == "failure"
        assert found.jobs["retrain"].step("retrain").outputs["outcome"] == "refused"
        (issue,) = story.issues()
        assert "below the 0.9000 of gate.minimum" in issue["body"]
        assert issue["body"] in found.summary
        assert story.refs() == before

    def test_bad_data_are_refused_in_the_same_issue(
        self, story: Story, world: pd.DataFrame
    ) -> None:
        story.table(world.assign(body_mass_g=-5))
        before = story.refs()
        found = story.runner.run("ct.yml", "schedule")
        assert found.jobs["retrain"].conclusion == "failure"
        (issue,) = story.issues()
        (comment,) = story.runner.calls("issue comment")
        assert "penguins.csv breaks data/schema.yaml (body_mass_g)" in comment["body"]
        assert "breaks data/schema.yaml" not in issue["body"]
        assert story.refs() == before

    def test_configuration_may_promote_but_what_answers_otherwise_is_rolled_back(
        self, story: Story, world: pd.DataFrame
    ) -> None:
        change(story.repo, "conf/retraining/default.yaml", "promote: false", "promote: true")
        run(story.repo, "make", "params")
        commit(story.repo, "Promote without asking")
        story.push()
        story.table(pd.concat([world, world.head(60)], ignore_index=True))
        found = green(story.runner.run("ct.yml", "schedule"))
        outputs = found.jobs["retrain"].step("propose").outputs
        assert (outputs["version"], outputs["promoted"]) == ("v0.0.3", "true")
        assert story.stages()["v0.0.3"] == "production"
        asked = story.runner.calls("workflow run")[-1]["argv"]
        assert asked[2:] == ["cd.yml", "--ref", outputs["branch"], "--field", "version=v0.0.3"]

        story.hosts.spoilt = story.repo.path / "models" / "candidate"  # it is v0.0.2's
        ref, inputs = f"refs/heads/{outputs['branch']}", {"version": "v0.0.3"}
        found = story.runner.run("cd.yml", "workflow_dispatch", ref=ref, inputs=inputs)
        assert found.jobs["staging"].conclusion == "failure"
        assert "Failed: /model: expected v0.0.3" in found.jobs["staging"].step("smoke").log
        assert found.jobs["production"].conclusion == "skipped"
        assert found.jobs["rollback"].conclusion == "success", found.jobs["rollback"].log
        assert story.deployed() == ["v0.0.2", "v0.0.2"]
        assert story.stages() == {
            "v0.0.3": "archived",
            "v0.0.2": "production",
            "v0.0.1": "archived",
        }

    def test_a_rollback_deploys_the_image_that_was(self, story: Story) -> None:
        images = story.runner.hub.read()["images"]
        run(story.repo, "git", "fetch", "--quiet", "--tags", "origin")
        assert "v0.0.1 is in production again" in run(story.repo, "make", "rollback")
        (tag,) = story.push()
        found = green(story.runner.run("cd.yml", "push", ref=tag))
        assert found.jobs["image"].step("build").conclusion == "skipped"
        assert story.runner.hub.read()["images"] == images
        assert story.deployed() == ["v0.0.1", "v0.0.1"]

    def test_what_github_does_not_attest_is_not_built_twice_either(self, story: Story) -> None:
        private = {"repository": {"private": True}}

        def image() -> Any:
            told: Any = {"payload": private, "inputs": {"version": "v0.0.2"}, "only": ["image"]}
            return green(story.runner.run("cd.yml", "workflow_dispatch", **told)).jobs["image"]

        attested = story.runner.hub.read()["attested"]
        new, again = image(), image()
        assert new.outputs == again.outputs
        assert new.step("build").conclusion == "success"
        assert again.step("build").conclusion == "skipped"
        assert story.runner.hub.read()["attested"] == attested
