"""`deploy/deploy.sh` of a rendered repo: what it refuses, brings, takes back, and never shows.

There is neither a Docker engine nor a cluster where tests run. A folder plays the host; what stands
in for ssh, docker and kubectl records what it is told. One test has a real SSH server between them,
one a real service behind them.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from tests.rendered import RenderedRepo, clean_environment
from tests.served import until
from tests.test_container import kustomize  # noqa: F401 - a fixture

IMAGE = "ghcr.io/me/my-model"
SECRET, API_KEY = "-----BEGIN A KEY-----\nhush me\n-----END A KEY-----", "hush-hush"
SCRIPTS = ["deploy/deploy.sh", "deploy/targets/compose.sh", "deploy/targets/kubernetes.sh"]

# Every stand-in records its words, and any file of the script's that others could read.
RECORD = """
import json, os, pathlib, subprocess, sys, time
name, words = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
folder = pathlib.Path(sys.argv[0]).absolute().parents[1]
with (folder / "calls").open("a") as calls:
    calls.write(json.dumps([name, *words]) + "\\n")
for path in (folder / "tmp").rglob("*"):
    if path.is_file() and path.stat().st_mode & 0o77:
        (folder / "open-to-others").write_text(str(path))
def relay(here, there):
    import socket
    import threading
    def copy(source, sink):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    with socket.create_server(("127.0.0.1", int(here))) as server:
        while True:
            near = server.accept()[0]
            far = socket.create_connection(("127.0.0.1", int(there)))
            for pair in ((near, far), (far, near)):
                threading.Thread(target=copy, args=pair, daemon=True).start()
"""
# Runs the command as another machine would: in its home, and with nothing of this environment.
SSH = """
if (folder / "unreachable").exists():
    sys.exit("ssh: connect to host models port 22: Connection refused")
if "-L" in words:
    relay(*words[words.index("-L") + 1].split(":")[1::2])
if (folder / "slow").exists():
    time.sleep(60)
home = folder / "home"
there = {"HOME": str(home), "PATH": f"{folder / 'there'}:{os.environ['PATH']}"}
command = " ".join(words[words.index("--") + 2 :])
sys.exit(subprocess.run(["sh", "-c", command], cwd=home, env=there).returncode)
"""
DOCKER = """
env_file = words[words.index("--env-file") + 1] if "--env-file" in words else ".env"
values = dict(line.split("=", 1) for line in pathlib.Path(env_file).read_text().splitlines())
image = f"{values['IMAGE']}:{values['TAG']}"
container = folder / "container"
state = json.loads(container.read_text()) if container.exists() else {}
if "pull" in words:
    sys.exit("manifest unknown" if "v-nowhere" in image else 0)
elif "up" in words:
    state = {"image": image, "values": values, "running": "v-broken" not in image}
    container.write_text(json.dumps(state))
    if not state["running"]:
        sys.exit("container api is unhealthy")
elif "ps" in words and state.get("running"):
    print(json.dumps({"Name": "api", "Image": state["image"], "State": "running"}))
elif "logs" in words:
    print("api-1 | it says why")
"""
KUBECTL = """
if words[0] == "kustomize":
    sys.exit(subprocess.run([*json.loads((folder / "kustomize").read_text()), words[1]]).returncode)
assert words[0] == "--namespace", words
cluster = folder / "cluster"
images = json.loads(cluster.read_text()) if cluster.exists() else []
verb = [word for word in words[2:] if not word.startswith("-")]
if verb[0] == "apply":
    text = sys.stdin.read()
    (folder / "applied.yaml").write_text(text)
    if "v-nowhere" in text:
        sys.exit("error: the server could not find the requested resource")
    image = text.split("image: ")[1].split()[0]
    images += [image] if images[-1:] != [image] else []
elif verb[:2] == ["rollout", "status"]:
    sys.exit("error: timed out waiting for the condition" if "v-broken" in images[-1] else 0)
elif verb[:2] == ["rollout", "history"]:
    print("deployment.apps/my-model\\nREVISION  CHANGE-CAUSE")
    print("".join(f"{number}         <none>\\n" for number, _ in enumerate(images, 1)))
elif verb[:2] == ["rollout", "undo"]:
    images.append(images.pop(-2))
elif verb[0] == "get" and verb[1] == "deployment" and images:
    print(images[-1])
elif verb[0] == "port-forward":
    relay(verb[-1].split(":")[0], (folder / "pod").read_text())
cluster.write_text(json.dumps(images))
"""
# Asks as the smoke test would, and fails as it does.
MAKE = """
import urllib.request
url = next(word for word in words if word.startswith("URL=")).partition("=")[2]
print(urllib.request.urlopen(url).read().decode(), "key" if os.environ.get("API_KEY") else "none")
sys.exit(7 if (folder / "failing").exists() else 0)
"""


@dataclass
class Bench:
    """A repo, and a folder: stand-ins, the script's temporary files, and what plays the host."""

    repo: RenderedRepo
    folder: Path
    settings: dict[str, str]

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def there(self) -> Path:
        """Where the script leaves its files on the host."""
        return self.home / "my-model-staging"

    def environment(self, **more: str) -> dict[str, str]:
        none = dict.fromkeys(["GITHUB_ACTIONS", "IMAGE", "TAG", "API_KEY", "MAKEFLAGS"], "")
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return none | {"PATH": path, "TMPDIR": str(self.folder / "tmp")} | self.settings | more

    def run(self, verb: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["deploy/deploy.sh", verb, *(words or ["staging"])],
            cwd=self.repo.path,
            env=clean_environment(**self.environment(**more)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,  # a tunnel that stays would hold its output open
        )
        assert not list((self.folder / "tmp").iterdir())
        return done

    def deploy(self, tag: str) -> subprocess.CompletedProcess[str]:
        return self.run("deploy", IMAGE=IMAGE, TAG=tag)

    def undo(self, tag: str = "") -> subprocess.CompletedProcess[str]:
        return self.run("undo", IMAGE=IMAGE, TAG=tag)

    def current(self) -> str:
        done = self.run("current")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip().removeprefix(f"{IMAGE}:")

    def calls(self) -> list[list[str]]:
        """What the stand-ins were told so far."""
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def stand_in(self, name: str, code: str, folder: str = "bin") -> None:
        file = self.folder / folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!{sys.executable}\n{RECORD}{code}")
        file.chmod(0o755)


def bench(repo: RenderedRepo, folder: Path, **settings: str) -> Bench:
    for name in ("bin", "tmp", "home"):
        (folder / name).mkdir()
    return Bench(repo, folder, settings)


@pytest.fixture
def compose(starter: RenderedRepo, tmp_path: Path) -> Bench:
    """Give a host with Docker, reached by SSH."""
    found = bench(starter, tmp_path, DEPLOY_TARGET="compose", DEPLOY_HOST="me@models")
    found.stand_in("ssh", SSH)
    found.stand_in("docker", DOCKER, "there")
    return found


@pytest.fixture
def kubernetes(starter: RenderedRepo, tmp_path: Path, kustomize: list[str]) -> Bench:  # noqa: F811
    """Give a cluster, whose manifests the real kustomize makes."""
    found = bench(starter, tmp_path, DEPLOY_TARGET="kubernetes")
    found.stand_in("kubectl", KUBECTL)
    (tmp_path / "kustomize").write_text(json.dumps(kustomize))
    return found


@pytest.fixture(params=["compose", "kubernetes"])
def either(request: pytest.FixtureRequest) -> Bench:
    """Give each of the two."""
    found: Bench = request.getfixturevalue(request.param)
    return found


# --- what it refuses ---


def test_bash_can_read_it_also_the_one_of_macos(starter: RenderedRepo) -> None:
    for name in SCRIPTS:
        starter.run("bash", "-n", name)
        newer = (
            r"declare -[An]|local -n|mapfile|readarray|\$\{\w+(,,|\^\^|@)|&>>|\bsed -i|readlink -f"
        )
        assert not re.search(newer, starter.read(name)), name
        assert "set -x" not in starter.read(name)
        assert "StrictHostKeyChecking=no" not in starter.read(name)
    assert os.access(starter.path / SCRIPTS[0], os.X_OK)


REFUSED: list[tuple[list[str], dict[str, str], str]] = [
    ([], {}, "Refused: no such verb: ''; it is deploy/deploy.sh check|deploy|"),
    (["launch", "staging"], {}, "Refused: no such verb: 'launch'; it is "),
    (["leave", "staging"], {}, "Refused: no such verb: 'leave'; it is "),
    (["deploy"], {}, "Refused: no such environment: ''; it is "),
    (["deploy", "moon"], {}, "Refused: no such environment: 'moon'; it is "),
    (
        ["check", "staging"],
        {"DEPLOY_TARGET": ""},
        "DEPLOY_TARGET is not set: where the service runs, one of",
    ),
    (
        ["deploy", "staging"],
        {"DEPLOY_TARGET": "heroku"},
        "Refused: no such target: 'heroku'; DEPLOY_",
    ),
    (
        ["deploy", "staging"],
        {"DEPLOY_TARGET": "../deploy"},
        "Refused: DEPLOY_TARGET is ../deploy: it ",
    ),
    (["deploy", "staging"], {"TAG": "v1"}, "Refused: IMAGE is not set; it looks like ghcr.io/"),
    (["deploy", "production"], {"IMAGE": IMAGE}, "Refused: TAG is not set; it looks like v0.0.1-"),
]


@pytest.mark.parametrize(("words", "settings", "reason"), REFUSED)
def test_it_refuses_in_one_line(
    words: list[str], settings: dict[str, str], reason: str, either: Bench
) -> None:
    done = either.repo.run(
        "deploy/deploy.sh", *words, check=False, env=either.environment(**settings)
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(reason)
    assert done.stderr.count("\n") == 1
    assert not either.calls()


HOSTILE = [
    "a b",
    "a'b",
    'a"b',
    "$(touch x)",
    "`touch x`",
    "a;touch x",
    "a\ntouch x",
    "-oProxy=x",
    "é",
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("name", ["IMAGE", "TAG", "DEPLOY_PATH", "DEPLOY_HOST", "DEPLOY_PORT"])
def test_a_value_that_could_be_more_than_a_value_is_refused(
    name: str, value: str, compose: Bench
) -> None:
    for verb in ("deploy", "undo"):
        done = compose.run(verb, **{"IMAGE": IMAGE, "TAG": "v1", name: value})
        assert done.returncode == 1
        assert done.stderr.startswith(f"Refused: {name} is ")
        assert done.stderr.count("\n") == 1
    assert not compose.calls()


@pytest.mark.parametrize("name", ["IMAGE", "TAG"])
def test_so_it_is_for_a_cluster(name: str, kubernetes: Bench) -> None:
    done = kubernetes.run("deploy", **{"IMAGE": IMAGE, "TAG": "v1", name: "a\nkind: Secret"})
    assert (done.returncode, kubernetes.calls()) == (1, [])


@pytest.mark.parametrize(
    ("target", "here", "on_github"),
    [
        ("compose", ["DEPLOY_HOST"], ["DEPLOY_HOST", "SSH_KEY", "SSH_KNOWN_HOSTS"]),
        ("kubernetes", [], ["KUBE_CONFIG"]),
    ],
)
def test_check_names_every_setting_that_lacks(
    target: str, here: list[str], on_github: list[str], either: Bench
) -> None:
    either.settings = {"DEPLOY_TARGET": target}
    secrets = {"SSH_KEY", "KUBE_CONFIG"}
    for names, more in ((here, {}), (on_github, {"GITHUB_ACTIONS": "true"})):
        done = either.run("check", **more)
        lines = done.stderr.splitlines()
        assert [line.split()[0] for line in lines] == names
        for name, line in zip(names, lines, strict=True):
            kind = "secrets" if name in secrets else "variables"
            assert f"Settings → Environments → staging → {kind}; here: export {name}=" in line
        assert done.returncode == (1 if names else 0)
    done = either.run("check", **dict.fromkeys(on_github, "x"), GITHUB_ACTIONS="true")
    assert (done.returncode, done.stdout) == (0, f"staging: every setting of {target} is there\n")
    assert not either.calls()


# --- both targets, with stand-ins ---


def test_a_version_is_deployed_and_taken_back_by_stand_ins(either: Bench) -> None:
    assert either.current() == ""
    assert either.undo().stdout.startswith("nothing is known to have run there before")
    assert either.deploy("v1").returncode == 0
    done = either.undo("v1")
    assert (done.returncode, done.stdout) == (
        0,
        f"nothing is known to have run there before {IMAGE}:v1\n",
    )
    done = either.deploy("v2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"staging: {IMAGE}:v2 runs\n")
    assert either.current() == "v2"
    assert either.deploy("v2").returncode == 0  # a workflow that is run again
    done = either.undo("v2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"{IMAGE}:v1 runs again\n")
    assert either.current() == "v1"
    done = either.undo("v2")
    assert (done.returncode, done.stdout) == (
        0,
        f"nothing to undo: {IMAGE}:v1 is there, not {IMAGE}:v2\n",
    )
    assert either.current() == "v1"


def test_a_version_that_does_not_start_fails_and_is_taken_back_by_stand_ins(either: Bench) -> None:
    assert either.deploy("v1").returncode == 0
    done = either.deploy("v-broken")
    assert done.returncode == 1
    assert f"{IMAGE}:v-broken runs" not in done.stdout
    assert either.undo("v-broken").returncode == 0
    assert either.current() == "v1"


def test_what_never_got_there_is_not_taken_back_by_stand_ins(either: Bench) -> None:
    assert either.deploy("v1").returncode == 0
    assert either.deploy("v2").returncode == 0
    assert either.deploy("v-nowhere").returncode == 1
    assert either.undo("v-nowhere").returncode == 0
    assert either.current() == "v2"


def test_secrets_are_in_no_arguments_and_no_file_remains_by_stand_ins(either: Bench) -> None:
    secrets = {"SSH_KEY": SECRET, "KUBE_CONFIG": SECRET, "API_KEY": API_KEY}
    secrets |= {"SSH_KNOWN_HOSTS": "models ssh-ed25519 AAAA"}
    for verb, tag in (("deploy", "v1"), ("deploy", "v-broken"), ("undo", "v-broken")):
        done = either.run(verb, IMAGE=IMAGE, TAG=tag, **secrets)
        assert "hush" not in done.stdout + done.stderr
    assert either.calls()
    assert "hush" not in json.dumps(either.calls())
    assert not either.folder.joinpath("open-to-others").exists()
    left = [path for path in either.home.rglob("*") if path.is_file()]
    assert not [path for path in left if "hush" in path.read_text()]


@pytest.fixture
def page() -> Iterator[int]:
    """Give the port of a server that answers everything with one word."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"reached")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_the_smoke_test_reaches_it_and_its_exit_code_is_passed_on_by_stand_ins(
    either: Bench, page: int
) -> None:
    either.stand_in("make", MAKE)
    (either.folder / "pod").write_text(str(page))
    done = either.run("smoke", DEPLOY_PORT=str(page), API_KEY=API_KEY)
    assert (done.returncode, done.stdout) == (0, "reached key\n"), done.stderr
    (either.folder / "failing").touch()
    assert either.run("smoke", DEPLOY_PORT=str(page)).returncode == 7
    for name, *words in either.calls():
        if name != "make":
            (forwarded,) = (word for word in words if re.search(r"\d:", word))
            assert forwarded.endswith(f":127.0.0.1:{page}" if name == "ssh" else ":80")
    listing = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True, check=True)
    assert str(either.folder) not in listing.stdout  # the tunnel is closed


def test_what_can_t_be_reached_is_no_success_by_stand_ins(compose: Bench) -> None:
    (compose.folder / "unreachable").touch()
    for verb in ("deploy", "undo", "smoke", "current"):
        done = compose.run(verb, IMAGE=IMAGE, TAG="v1")
        assert done.returncode == 1, verb
        assert "Connection refused" in done.stderr
        assert done.stdout in ("", f"staging: deploying {IMAGE}:v1 by compose\n")


def test_nothing_remains_when_it_is_told_to_stop_by_a_stand_in(compose: Bench) -> None:
    (compose.folder / "slow").touch()
    environment = compose.environment(IMAGE=IMAGE, TAG="v1", SSH_KEY=SECRET)
    process = subprocess.Popen(
        ["deploy/deploy.sh", "deploy", "staging"],
        cwd=compose.repo.path,
        env=clean_environment(**environment),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    until(compose.calls, "ssh is called")
    assert list((compose.folder / "tmp").iterdir())
    os.killpg(process.pid, signal.SIGTERM)
    assert process.wait(10) != 0
    assert not list((compose.folder / "tmp").iterdir())


# --- compose ---


def test_what_lies_on_the_host_by_stand_ins(compose: Bench) -> None:
    compose.there.mkdir()
    (compose.there / ".env").write_text("API_KEY=of the host\nIMAGE_PULLER=me\n")
    for tag in ("v1", "v2"):
        assert compose.run("deploy", IMAGE=IMAGE, TAG=tag, DEPLOY_PORT="8010").returncode == 0
    found = sorted(path.name for path in compose.there.iterdir())
    assert found == [".env", "compose.yaml", "deploy", "former", "logs", "reports"]
    lines = (compose.there / ".env").read_text().splitlines()
    user = f"RUN_AS={os.getuid() or 10001}:{os.getgid() or 10001}"
    names = ["COMPOSE_PROJECT_NAME=my-model-staging", f"IMAGE={IMAGE}", "TAG=v2", "PORT=8010", user]
    assert lines == [*names, "API_KEY=of the host", "IMAGE_PULLER=me"]
    assert (compose.there / ".env").stat().st_mode & 0o777 == 0o600
    for name in ("compose.yaml", "deploy/prometheus/rules.yaml", "deploy/grafana/dashboard.json"):
        assert (compose.there / name).read_text() == compose.repo.read(name)
        assert (compose.there / name).stat().st_mode & 0o004
    assert not (compose.there / "deploy/kubernetes").exists()
    ups = [words for name, *words in compose.calls() if name == "docker" and "up" in words]
    again = ["--force-recreate" in words for words in ups]
    assert again == [True, False]  # the second time, no mounted file is another
    assert all("--wait" in words for words in ups)


def test_the_host_s_own_settings_stay_and_the_former_files_come_back_by_stand_ins(
    compose: Bench,
) -> None:
    assert compose.deploy("v1").returncode == 0
    for name in ("compose.yaml", "deploy/prometheus/rules.yaml"):  # as if v1 had had others
        with (compose.there / name).open("a") as file:
            file.write("# of v1\n")
    assert compose.deploy("v2").returncode == 0
    assert "# of v1" not in (compose.there / "compose.yaml").read_text()
    with (compose.there / ".env").open("a") as file:
        file.write("API_KEY=a new one\n")
    assert compose.undo("v2").returncode == 0
    for name in ("compose.yaml", "deploy/prometheus/rules.yaml"):
        assert (compose.there / name).read_text().endswith("# of v1\n")
    lines = (compose.there / ".env").read_text().splitlines()
    assert "TAG=v1" in lines
    assert lines[-1] == "API_KEY=a new one"
    assert (compose.there / ".env").stat().st_mode & 0o777 == 0o600
    ups = [words for name, *words in compose.calls() if name == "docker" and "up" in words]
    assert "--force-recreate" in ups[-1]


def test_a_pull_that_fails_leaves_everything_by_stand_ins(compose: Bench) -> None:
    assert compose.deploy("v1").returncode == 0
    before = (compose.there / ".env").read_bytes()
    done = compose.deploy("v-nowhere")
    assert done.returncode == 1
    assert "manifest unknown" in done.stderr
    assert (compose.there / ".env").read_bytes() == before
    assert compose.deploy("v2").returncode == 0


def test_environments_have_a_place_of_their_own_by_stand_ins(compose: Bench) -> None:
    assert compose.deploy("v1").returncode == 0
    place = {"DEPLOY_PATH": f"{compose.home}/srv/other"}
    done = compose.run("deploy", "production", IMAGE=IMAGE, TAG="v9", **place)
    assert done.returncode == 0, done.stderr
    text = (compose.home / "srv/other/.env").read_text()
    assert "COMPOSE_PROJECT_NAME=my-model-production\n" in text
    assert "TAG=v1\n" in (compose.there / ".env").read_text()


# --- Kubernetes ---


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_what_is_applied_is_valid_and_holds_that_image_by_a_stand_in(
    environment: str, kubernetes: Bench
) -> None:
    tag = "1234567"  # a number, if YAML is asked
    done = kubernetes.run("deploy", environment, IMAGE=IMAGE, TAG=tag, KUBE_CONFIG=SECRET)
    assert done.returncode == 0, done.stderr
    objects = list(yaml.safe_load_all((kubernetes.folder / "applied.yaml").read_text()))
    assert len(objects) == 6
    namespace = f"my-model-{environment}"
    for each in objects:
        version = kubernetes_validate.latest_version()
        kubernetes_validate.validate(each, version, strict=True)
        assert each["metadata"]["namespace"] == namespace
    (deployment,) = (each for each in objects if each["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"{IMAGE}:{tag}"
    for name, *words in kubernetes.calls():
        assert words[0] == "kustomize" or words[:2] == ["--namespace", namespace], name


def test_an_image_that_an_overlay_names_does_not_matter_by_a_stand_in(
    tmp_path: Path, kubernetes: Bench
) -> None:
    shutil.copytree(kubernetes.repo.path, tmp_path / "repo", symlinks=True)
    kubernetes.repo = RenderedRepo(tmp_path / "repo")
    overlay = tmp_path / "repo/deploy/kubernetes/overlays/staging/kustomization.yaml"
    overlay.write_text(overlay.read_text().replace("newTag: none-yet", "newTag: v7"))
    assert kubernetes.deploy("v1").returncode == 0
    assert kubernetes.current() == "v1"
    base = tmp_path / "repo/deploy/kubernetes/base/deployment.yaml"
    base.write_text(base.read_text().replace("image: service", "image: another"))
    done = kubernetes.deploy("v2")
    assert done.returncode == 1
    assert done.stderr.startswith("Refused: deploy/kubernetes/base has no image `service`")
    assert kubernetes.current() == "v1"


# --- a real SSH server ---


@dataclass
class Host:
    """A machine behind SSH: where it listens, who may come, and how it is known."""

    port: int
    key: str
    known: str


@pytest.fixture
def ssh_host(compose: Bench, tmp_path: Path) -> Iterator[Host]:
    """Give a real SSH server whose commands run in the host's folder; ssh is no stand-in."""
    asyncssh = pytest.importorskip("asyncssh")
    if not shutil.which("ssh"):
        pytest.skip("needs OpenSSH's ssh")
    (compose.folder / "bin" / "ssh").unlink()
    own, users = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    allowed = tmp_path / "authorized_keys"
    allowed.write_bytes(users.export_public_key())
    environment = {"HOME": str(compose.home), "PATH": f"{tmp_path}/there:{os.environ['PATH']}"}

    async def command(process: Any) -> None:
        words = ["sh", "-c", process.command]
        done = await asyncio.create_subprocess_exec(
            *words,
            cwd=compose.home,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        given = await process.stdin.read()
        told, errors = await done.communicate(given)
        process.stdout.write(told)
        process.stderr.write(errors)
        process.exit(done.returncode)

    class Server(asyncssh.SSHServer):  # type: ignore[misc, name-defined]
        def connection_requested(self, *_: Any) -> bool:
            return True

    async def listen() -> Any:
        return await asyncssh.create_server(
            Server,
            "127.0.0.1",
            0,
            server_host_keys=[own],
            authorized_client_keys=str(allowed),
            process_factory=command,
            encoding=None,
        )

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(20)
    port = server.sockets[0].getsockname()[1]
    public = own.export_public_key().decode().strip()
    yield Host(port, users.export_private_key().decode(), f"[127.0.0.1]:{port} {public}")
    server.close()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def test_by_a_real_ssh_server(compose: Bench, ssh_host: Host, page: int) -> None:
    compose.stand_in("make", MAKE)
    compose.settings = {
        "DEPLOY_TARGET": "compose",
        "DEPLOY_HOST": f"ssh://{os.environ.get('USER', 'me')}@127.0.0.1:{ssh_host.port}",
        "DEPLOY_PORT": str(page),
        "SSH_KEY": ssh_host.key.replace("\n", "\r\n"),  # as a form of a browser may send it
        "SSH_KNOWN_HOSTS": ssh_host.known,
    }
    for tag in ("v1", "v2"):
        done = compose.deploy(tag)
        assert done.returncode == 0, done.stderr
    assert compose.current() == "v2"
    done = compose.run("smoke")
    assert (done.returncode, done.stdout) == (0, "reached none\n"), done.stderr
    assert compose.undo("v2").returncode == 0
    assert compose.current() == "v1"
    assert compose.deploy("v-broken").returncode == 1

    other = ssh_host.known.replace("AAAAC3NzaC1lZDI1NTE5AAAAI", "AAAAC3NzaC1lZDI1NTE5AAAAJ")
    for settings in ({"SSH_KNOWN_HOSTS": other}, {"SSH_KEY": SECRET}):
        done = compose.run("current", **settings)
        assert (done.returncode, done.stdout) == (1, "")
        assert "failed" in done.stderr or "denied" in done.stderr
