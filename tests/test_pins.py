"""Pins of actions and images: kept fresh in both worlds by `scripts/pins.py`, and the same in both.

A server on loopback plays GitHub and Docker Hub, which tests don't reach.
"""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from scripts import pins
from tests.rendered import TEMPLATE

OLD, NEW, OTHER, NOTE = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)
RENDERED = "{{cookiecutter.project_slug}}"
WORKFLOW = """jobs:
  test:
    steps:
      - uses: acme/build@{sha} # {tag}
      - uses: acme/build/part@{sha} # {tag}
        with: {{image: "{{% raw %}}${{{{ x }}}}{{% endraw %}}"}}
"""
COMPOSE = (
    "services:\n  a:\n    image: prom/prometheus:v3.5.0\n  b:\n    image: redis:7.4.1-alpine\n"
)


class Played:
    """GitHub and Docker Hub, played by a server on loopback: what each path answers."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, object]] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.headers: dict[str, str] = {}
        self.address = ""

    def tag(self, name: str, sha: str, kind: str = "commit") -> None:
        """Have the action's repository hold a tag."""
        target = {"object": {"sha": sha, "type": kind}, "ref": f"refs/tags/{name}"}
        self.answers[f"/repos/acme/build/git/ref/tags/{name}"] = 200, target
        refs = self.answers.setdefault("/repos/acme/build/git/matching-refs/tags/v", (200, []))[1]
        assert isinstance(refs, list)
        refs.append(target)

    def release(self, name: object) -> None:
        """Have the action's repository call a tag its latest release."""
        self.answers["/repos/acme/build/releases/latest"] = 200, {"tag_name": name}

    def image(self, name: str, *pages: list[str]) -> None:
        """Have Docker Hub list an image's tags."""
        for number, tags in enumerate(pages, 1):
            more = f"{self.address}/elsewhere" if number < len(pages) else None
            body = {"next": more, "results": [{"name": tag} for tag in tags]}
            self.answers[f"/v2/repositories/{name}/tags?page={number}"] = 200, body


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    """Give the played services; their address is in it."""
    played = Played()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            played.asked.append((self.path, self.headers["Authorization"]))
            path, _, query = self.path.partition("?")
            if page := re.search(r"\bpage=(\d+)", query):
                path += f"?page={page[1]}"
            status, body = played.answers.get(path, (404, {"message": "Not Found"}))
            text = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in played.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            pass

    for name in ("GITHUB_TOKEN", "GITHUB_OUTPUT", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        played.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield played
        server.shutdown()
        thread.join()


@pytest.fixture
def root(tmp_path: Path, api: Played) -> Path:
    """Give a template whose one action and two images are at their newest versions."""
    for world in (tmp_path, tmp_path / RENDERED):
        folder = world / ".github" / "workflows"
        folder.mkdir(parents=True)
        (folder / "ci.yml").write_bytes(WORKFLOW.format(sha=OLD, tag="v1.2.0").encode())
    (tmp_path / RENDERED / "compose.yaml").write_text(COMPOSE, encoding="utf-8")
    api.tag("v1.2.0", OLD)
    api.release("v1.2.0")
    api.image("prom/prometheus", ["latest", "v3.5.0", "v3.5.0-busybox"])
    api.image("library/redis", ["7.4.1-alpine", "7.4.9", "7.4.2-rc1-alpine"])
    return tmp_path


def run(root: Path, api: Played, *arguments: str) -> int:
    """Run the script on a template, against the played services."""
    return pins.main(arguments, root, github=api.address, docker_hub=api.address)


def contents(root: Path) -> dict[str, str]:
    """Give the text of every file."""
    found = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes().decode() for path in found}


def test_nothing_is_newer(root: Path, api: Played, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(root)
    assert run(root, api) == 0
    assert run(root, api, "--fix") == 0
    assert capsys.readouterr().out == "All 3 pins are at their newest versions.\n" * 2
    assert contents(root) == before


def test_what_is_behind_is_listed_then_fixed_in_both_worlds(
    root: Path, api: Played, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    api.tag("v1.10.0", NEW)
    api.release("v1.10.0")
    api.image("prom/prometheus", ["v3.5.0"], ["v3.11.1", "v3.9.9", "v4.0.0", "v3.12.0-rc.0"])
    api.image("library/redis", ["7.4.10-alpine", "7.9.0", "8.0.0-alpine"])
    before = contents(root)
    assert run(root, api) == 1
    assert contents(root) == before
    listed = capsys.readouterr().out
    assert listed == (
        "| pinned | at | newest |\n| --- | --- | --- |\n"
        "| [acme/build](https://github.com/acme/build/compare/v1.2.0...v1.10.0) "
        "| v1.2.0 | v1.10.0 |\n"
        "| prom/prometheus | v3.5.0 | v3.11.1 |\n"
        "| redis | 7.4.1-alpine | 7.4.10-alpine |\n"
    )
    output = root / "output"
    monkeypatch.setenv("GITHUB_OUTPUT", str(output))
    assert run(root, api, "--fix") == 0
    assert capsys.readouterr().out == listed
    assert output.read_text(encoding="utf-8") == "changed=true\n"
    output.unlink()
    fixed = WORKFLOW.format(sha=NEW, tag="v1.10.0")
    compose = COMPOSE.replace("v3.5.0", "v3.11.1").replace("7.4.1-", "7.4.10-")
    assert contents(root) == {
        ".github/workflows/ci.yml": fixed,
        f"{RENDERED}/.github/workflows/ci.yml": fixed,
        f"{RENDERED}/compose.yaml": compose,
    }
    assert run(root, api) == 0


def test_a_new_major_version_of_an_image_is_asked_for(root: Path, api: Played) -> None:
    api.image("prom/prometheus", ["v3.5.0", "v4.0.0"])
    assert run(root, api) == 0
    assert run(root, api, "--major", "--fix") == 0
    assert "prom/prometheus:v4.0.0\n" in contents(root)[f"{RENDERED}/compose.yaml"]


def test_different_pins_become_the_newest(root: Path, api: Played) -> None:
    ours = root / ".github" / "workflows" / "ci.yml"
    ours.write_bytes(WORKFLOW.format(sha=NEW, tag="v1.3.0").encode())
    api.tag("v1.3.0", NEW)  # the latest release is still v1.2.0
    assert run(root, api, "--fix") == 0
    (text,) = {text for name, text in contents(root).items() if name.endswith("ci.yml")}
    assert text == WORKFLOW.format(sha=NEW, tag="v1.3.0")


def test_an_annotated_tag_is_followed_to_its_commit(root: Path, api: Played) -> None:
    api.tag("v2.0.0", NOTE, kind="tag")
    api.release("v2.0.0")
    target = {"object": {"sha": NEW, "type": "commit"}}
    api.answers[f"/repos/acme/build/git/tags/{NOTE}"] = 200, target
    assert run(root, api, "--fix") == 0
    assert f"acme/build/part@{NEW} # v2.0.0\n" in contents(root)[".github/workflows/ci.yml"]
    assert run(root, api) == 0


def test_without_releases_the_newest_tag_that_is_no_prerelease_counts(
    root: Path, api: Played
) -> None:
    for answer in ((404, {}), (200, {"tag_name": "bundle-2.9"})):
        api.answers["/repos/acme/build/releases/latest"] = answer
        assert run(root, api) == 0
    api.tag("v1.9.0", OTHER)
    api.tag("v1.10.0", NEW)
    for tag in ("v2.0.0-rc.1", "v2.0.0rc1", "v2", "v9.9.9\nx: y"):
        api.tag(tag, NOTE)
    assert run(root, api, "--fix") == 0
    assert f"acme/build@{NEW} # v1.10.0\n" in contents(root)[".github/workflows/ci.yml"]


def test_an_older_version_is_not_taken(root: Path, api: Played) -> None:
    api.tag("v1.1.9", NEW)
    api.release("v1.1.9")
    api.image("prom/prometheus", ["v3.4.9"])
    before = contents(root)
    assert run(root, api, "--fix") == 0
    assert contents(root) == before


def test_a_tag_that_moved_is_cried_out_and_nothing_of_it_taken(
    root: Path, api: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    api.tag("v1.2.0", OTHER)
    api.tag("v1.3.0", NEW)
    api.release("v1.3.0")
    before = contents(root)
    assert run(root, api, "--fix") == 2
    told = capsys.readouterr().out
    assert f"THE TAG v1.2.0 HAS MOVED, from {OLD} to {OTHER}" in told
    assert told.startswith("- acme/build stays at v1.2.0: ")
    assert contents(root) == before


@pytest.mark.parametrize(
    "tag",
    [
        "v9.9.9\n      - run: evil",
        "v9.9.9\n",
        'v9.9.9"',
        "v9.9.9'; evil",
        "v9.9.9 # v1",
        "v9.9.9$(evil)",
        "../../x/y",
        "v９.9.9",
        "v9.9",
        9,
        None,
        ["v9.9.9"],
    ],
)
def test_a_hostile_tag_is_refused(
    root: Path, api: Played, tag: object, capsys: pytest.CaptureFixture[str]
) -> None:
    api.release(tag)
    api.answers["/repos/acme/build/git/matching-refs/tags/v"] = 200, [{"ref": f"refs/tags/{tag}"}]
    api.image("prom/prometheus", [str(tag)])
    before = contents(root)
    assert run(root, api, "--fix") == 2
    assert contents(root) == before
    told = capsys.readouterr().out
    assert told == (
        "- acme/build stays at v1.2.0: it has no release that is written as v1.2.0 is\n"
        "- prom/prometheus stays at v3.5.0: it has no release that is written as v3.5.0 is\n"
    )


@pytest.mark.parametrize("sha", ["b" * 39, "B" * 40, "b" * 40 + "\n", "", 'b"\n  x: y', None])
def test_a_hostile_commit_is_refused(
    root: Path, api: Played, sha: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    api.tag("v1.3.0", sha)
    api.release("v1.3.0")
    before = contents(root)
    assert run(root, api, "--fix") == 2
    assert contents(root) == before
    told = capsys.readouterr().out
    assert told.count("\n") == 1
    assert told.startswith("- acme/build stays at v1.2.0: ")


def test_annotations_that_go_in_circles_end(
    root: Path, api: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    api.tag("v1.3.0", NOTE, kind="tag")
    api.release("v1.3.0")
    circle = {"object": {"sha": NOTE, "type": "tag"}}
    api.answers[f"/repos/acme/build/git/tags/{NOTE}"] = 200, circle
    assert run(root, api, "--fix") == 2
    assert "the tag v1.3.0 leads to no commit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (500, {}, "/repos/acme/build/releases/latest answers 500"),
        (429, {}, "no more questions are allowed this hour; set GITHUB_TOKEN, or wait"),
        (200, b"<html>", "/repos/acme/build/releases/latest answers no JSON"),
    ],
)
def test_a_bad_answer_is_named_and_the_rest_goes_on(
    root: Path,
    api: Played,
    status: int,
    body: object,
    why: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    api.answers["/repos/acme/build/releases/latest"] = status, body
    api.image("prom/prometheus", ["v3.6.0"])
    workflow = contents(root)[".github/workflows/ci.yml"]
    assert run(root, api) == 2
    assert run(root, api, "--fix") == 2
    told = capsys.readouterr().out
    assert f"\n\n- acme/build stays at v1.2.0: {why}\n" in told
    assert contents(root)[".github/workflows/ci.yml"] == workflow
    assert "prom/prometheus:v3.6.0\n" in contents(root)[f"{RENDERED}/compose.yaml"]


def test_a_repository_that_was_renamed_is_for_people(
    root: Path, api: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    api.release("v1.3.0")
    api.tag("v1.3.0", NEW)
    api.answers["/elsewhere"] = api.answers["/repos/acme/build/releases/latest"]
    api.answers["/repos/acme/build/releases/latest"] = 301, {}
    api.headers["Location"] = f"{api.address}/elsewhere"
    assert run(root, api, "--fix") == 2
    assert "/repos/acme/build/releases/latest answers 301\n" in capsys.readouterr().out


def test_a_rate_limit_is_said_in_its_own_words(
    root: Path, api: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    api.headers["x-ratelimit-remaining"] = "0"
    assert run(root, api) == 2
    assert capsys.readouterr().out.count("no more questions are allowed this hour") == 3


def test_nobody_answers(root: Path, api: Played, capsys: pytest.CaptureFixture[str]) -> None:
    assert pins.main([], root, github="http://127.0.0.1:1", docker_hub=api.address) == 2
    told = capsys.readouterr().out
    assert "acme/build stays at v1.2.0: /repos/acme/build/git/ref/tags/v1.2.0 gives no an" in told


def test_the_token_goes_to_github_alone(
    root: Path, api: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    hub = api.address.replace("127.0.0.1", "localhost")
    assert pins.main([], root, github=api.address, docker_hub=hub) == 0
    for path, signed in api.asked:
        assert signed == ("Bearer secret" if path.startswith("/repos/") else None)
    assert len({path for path, _ in api.asked}) == len(api.asked) == 4


def test_an_image_from_elsewhere_is_for_people(
    root: Path, api: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / RENDERED / "Dockerfile").write_text("FROM ghcr.io/acme/x:1.2.3 AS a\n", "utf-8")
    assert run(root, api, "--fix") == 2
    assert "ghcr.io/acme/x stays at 1.2.3: it is not on Docker Hub" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    [
        "ARG PYTHON_IMAGE=python:3.11-slim\nFROM ${PYTHON_IMAGE} AS builder\n",
        '"image": "mcr.microsoft.com/devcontainers/python:3.11"',
        "image: ${IMAGE:-acme/x}:${TAG:-latest}",
        f"uses: ./.github/actions/x@{OLD} # v1.2.0",
        f"uses: acme/build@{OLD}",
        "uses: acme/build@v1",
    ],
)
def test_what_is_no_full_version_is_no_pin(text: str) -> None:
    assert not list(pins.pins_in(text))


def test_no_half_of_a_file_is_left(
    root: Path, api: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.tag("v1.3.0", NEW)
    api.release("v1.3.0")
    before = contents(root)
    workflow = root / ".github" / "workflows" / "ci.yml"
    same = workflow.stat().st_ino

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:10])
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="disk full"):
            run(root, api, "--fix")
    assert contents(root) == before
    assert workflow.stat().st_ino == same
    assert run(root, api, "--fix") == 0
    assert workflow.stat().st_ino != same  # renamed into place, not written over


# --- what this repository pins, without a network ---


def test_every_action_is_pinned_by_commit_and_the_same_in_both_worlds() -> None:
    uses = re.compile(r"^\s*(?:- )?uses:\s*(\S+)(.*)$", re.MULTILINE)
    found: dict[str, set[str]] = {}
    for path in pins.places(TEMPLATE):
        for name, rest in uses.findall(path.read_text(encoding="utf-8")):
            if name.startswith("./"):
                continue
            pinned = re.fullmatch(r"([\w.-]+/[\w.-]+)(?:/[\w./-]+)?@([0-9a-f]{40})", name)
            version = re.fullmatch(r" # (v\d+\.\d+\.\d+)", rest)
            assert pinned, f"{path}: {name} is not pinned by a commit"
            assert version, f"{path}: {name} does not say its version, as in ` # v1.2.3`"
            found.setdefault(pinned[1], set()).add(f"{pinned[2]} {version[1]}")
    assert "actions/checkout" in found
    assert not {name: at for name, at in found.items() if len(at) > 1}


def test_the_script_sees_every_pin() -> None:
    seen = {
        pin.name
        for path in pins.places(TEMPLATE)
        for pin in pins.pins_in(path.read_text(encoding="utf-8"))
    }
    assert {"actions/checkout", "prom/prometheus", "prom/alertmanager", "grafana/grafana"} <= seen
