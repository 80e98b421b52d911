"""What watches the service of a rendered repo: Prometheus, Alertmanager, Grafana, the receiver.

The fast half reads their files. The slow half runs Debian's Prometheus and Alertmanager beside the
real service and the real receiver, until drift has led to a new candidate.
"""

import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]
import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from tests.at_work import activated, commit, run
from tests.environment import copy_of
from tests.rendered import RenderedRepo, clean_environment
from tests.served import Service, free_port, members, package, python, samples, serving, until

REPOS = ["starter", "binary", "regression", "awkward"]
CONFIG, RULES = "deploy/prometheus/prometheus.yaml", "deploy/prometheus/rules.yaml"
RULES_TEST = "deploy/prometheus/rules_test.yaml"
ALERTMANAGER, DASHBOARD = "deploy/alertmanager/alertmanager.yaml", "deploy/grafana/dashboard.json"


@pytest.fixture(scope="module", params=REPOS)
def repo(request: pytest.FixtureRequest) -> RenderedRepo:
    """Give each of the renders."""
    rendered: RenderedRepo = request.getfixturevalue(request.param)
    return rendered


def loaded(repo: RenderedRepo, name: str) -> Any:
    return yaml.safe_load(repo.read(name))


# --- compose ---


def test_compose_keeps_to_its_schema(repo: RenderedRepo) -> None:
    check = Path(sys.executable).with_name("check-jsonschema")
    found = repo.run(
        str(check), "--builtin-schema", "vendor.compose-spec", "compose.yaml", check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_nothing_is_open_beyond_this_machine_and_every_image_has_a_tag(repo: RenderedRepo) -> None:
    services = loaded(repo, "compose.yaml")["services"]
    assert set(services) == {"api", "prometheus", "alertmanager", "grafana"}
    for name, service in services.items():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"]), name
        assert re.search(r":(v?\d+\.\d+\.\d+|\$\{TAG:-latest\})$", service["image"]), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert name == "api" or service["healthcheck"], name  # the image of the service has its own
    assert services["api"]["read_only"] is True


def test_what_compose_mounts_is_there_and_its_names_are_those_of_the_files(
    repo: RenderedRepo,
) -> None:
    services = loaded(repo, "compose.yaml")["services"]
    mounts = [volume.split(":")[:2] for each in services.values() for volume in each["volumes"]]
    mounted = {inside: here for here, inside in mounts if here.startswith("./deploy/")}
    assert all(repo.has(here) for here in mounted.values())
    for service, config in (("prometheus", CONFIG), ("alertmanager", ALERTMANAGER)):
        (flag,) = (word for word in services[service]["command"] if "config.file" in word)
        inside, _, file = flag.partition("=")[2].rpartition("/")
        assert f"{mounted[inside]}/{file}" == f"./{config}"
    provider = loaded(repo, "deploy/grafana/provider.yaml")["providers"][0]["options"]["path"]
    home = services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home.startswith(f"{provider}/")
    assert mounted[home] == f"./{DASHBOARD}"

    prometheus = loaded(repo, CONFIG)
    asked = [prometheus["scrape_configs"], prometheus["alerting"]["alertmanagers"]]
    asked = [config["targets"] for each in asked for config in each[0]["static_configs"]]
    assert asked == [["api:8000"], ["alertmanager:9093"]]
    source = loaded(repo, "deploy/grafana/datasource.yaml")["datasources"][0]
    assert source["url"] == "http://prometheus:9090"

    webhook = loaded(repo, ALERTMANAGER)["receivers"][1]["webhook_configs"][0]
    port = loaded(repo, "conf/retraining/default.yaml")["alerts"]["port"]
    assert webhook["url"] == f"http://host.docker.internal:{port}/alerts"
    token = services["alertmanager"]["configs"][0]["target"]
    assert webhook["http_config"]["authorization"] == {"credentials_file": token}


def test_make_up_names_the_image_that_make_image_built(repo: RenderedRepo) -> None:
    told = repo.run("make", "--just-print", "up", "TAG=v0.0.1", "ENGINE=echo").stdout
    built = re.search(r"--tag (\S+):v0\.0\.1 ", told)
    assert built
    assert f"IMAGE={built[1]} TAG=v0.0.1 " in told
    assert f"image: ${{IMAGE:-{built[1]}}}:" in repo.read("compose.yaml")


# --- the dashboard ---


def lost(given: Any, kept: Any, path: str = "") -> Iterator[str]:
    """The paths of what is in one JSON value, and not, or not the same, in the other."""
    match given:
        case dict():
            for key, value in given.items():
                found = isinstance(kept, dict) and key in kept
                yield from lost(value, kept[key], f"{path}.{key}") if found else [f"{path}.{key}"]
        case list() if isinstance(kept, list) and len(kept) == len(given):
            for n, (one, other) in enumerate(zip(given, kept, strict=True)):
                yield from lost(one, other, f"{path}[{n}]")
        case _ if given != kept:
            yield path


def unknown(dashboard: Any) -> list[str]:
    """What Grafana's own types do not know of a dashboard."""
    register_default_plugins()
    back = json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(dashboard)))
    return list(lost(dashboard, back))


def test_grafana_knows_every_key_of_the_dashboard(repo: RenderedRepo) -> None:
    dashboard = json.loads(repo.read(DASHBOARD))
    assert dashboard["title"] in repo.read("README.md")
    assert unknown(dashboard) == []
    spoilt = json.loads(repo.read(DASHBOARD))
    spoilt["panels"][0]["fieldConfig"] = {"defaults": {"unitt": "s"}, "overrides": []}
    spoilt["panels"][0]["options"]["graphMood"] = "none"
    spoilt["panels"][0]["targets"][0]["exprr"] = "up"
    assert {path.rpartition(".")[2] for path in unknown(spoilt)} == {"unitt", "graphMood", "exprr"}


def test_panels_have_numbers_of_their_own_and_lie_beside_each_other(repo: RenderedRepo) -> None:
    panels = json.loads(repo.read(DASHBOARD))["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & cells, panel["title"]
        taken |= cells
    width, height = (max(axis) + 1 for axis in zip(*taken, strict=True))
    assert (width, len(taken)) == (24, width * height)
    source = loaded(repo, "deploy/grafana/datasource.yaml")["datasources"][0]
    for panel in panels:
        assert panel["datasource"] == {"type": source["type"], "uid": source["uid"]}


# --- names of metrics ---


def rules(repo: RenderedRepo) -> list[dict[str, Any]]:
    return [rule for group in loaded(repo, RULES)["groups"] for rule in group["rules"]]


def queries(repo: RenderedRepo) -> dict[str, str]:
    """Every query of the dashboard and of the rules, by what it is for."""
    panels = json.loads(repo.read(DASHBOARD))["panels"]
    found = {
        f"{panel['title']} {target['refId']}": target["expr"]
        for panel in panels
        for target in panel["targets"]
    }
    return found | {rule.get("record") or rule["alert"]: rule["expr"] for rule in rules(repo)}


def metrics_named(query: str) -> set[str]:
    """The metrics in a query: names that are neither labels, texts nor functions."""
    bare = re.sub(r"\b(by|ignoring|on)\s*\([^)]*\)|\{[^}]*\}|\[[^]]*\]", " ", query)
    words = re.findall(r"\b[A-Za-z_][\w:]*\b(?!\s*\()", bare)
    return set(words) - {"and", "or", "unless", "sum", "max", "bool"}


def exported(repo: RenderedRepo) -> set[str]:
    """The metrics that the source of the service and of the look for drift names."""
    source = repo.path / "src" / package(repo)
    names: set[str] = set()
    for file in ("serving/metrics.py", "monitoring/drift.py"):
        for node in ast.walk(ast.parse((source / file).read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name("Counter"), args=[ast.Constant(str(name)), *_]):
                    names |= {f"{name}_total"}
                case ast.Call(func=ast.Name("Gauge"), args=[ast.Constant(str(name)), *_]):
                    names |= {name}
                case ast.Call(func=ast.Name("Histogram"), args=[ast.Constant(str(name)), *_]):
                    names |= {f"{name}_{part}" for part in ("bucket", "count", "sum")}
                case ast.Call(func=ast.Name("gauge"), args=[ast.Constant(str(name)), *_]):
                    names |= {f"drift_{name}"}
    return names


def test_names_are_found_in_queries() -> None:
    query = 'sum by (path) (rate(a_total{b="c"}[5m])) / ignoring (d) e:f:rate5m or absent(g) > 1e3'
    assert metrics_named(query) == {"a_total", "e:f:rate5m", "g"}


def test_every_metric_that_is_asked_for_is_there(repo: RenderedRepo) -> None:
    known = exported(repo) | {rule["record"] for rule in rules(repo) if "record" in rule}
    assert {"requests_total", "request_seconds_bucket", "model_info", "drift_detected"} <= known
    for name, query in queries(repo).items():
        asked = metrics_named(query)
        assert asked, name
        assert asked <= known | {"up", "ALERTS"}, name


def test_every_recorded_rule_is_used_and_every_alert_says_what_is_wrong(repo: RenderedRepo) -> None:
    used = set().union(*map(metrics_named, queries(repo).values()))
    for rule in rules(repo):
        if "record" in rule:
            assert rule["record"] in used
        else:
            assert rule["annotations"]["summary"]
            assert rule["labels"]["severity"] in ("warning", "critical")


def test_every_alert_is_seen_firing_and_not_firing(repo: RenderedRepo) -> None:
    tested = [
        (case["alertname"], "exp_alerts" in case)
        for each in loaded(repo, RULES_TEST)["tests"]
        for case in each["alert_rule_test"]
    ]
    alerts = {rule["alert"] for rule in rules(repo) if "alert" in rule}
    assert {name for name, fires in tested if fires} == alerts
    assert {name for name, fires in tested if not fires} == alerts


def test_alerts_that_ask_for_a_retraining_reach_the_receiver(repo: RenderedRepo) -> None:
    asking = {
        rule["alert"] for rule in rules(repo) if rule.get("labels", {}).get("action") == "retrain"
    }
    assert asking == {"Drift", "ModelStale"}
    config = loaded(repo, ALERTMANAGER)
    route = config["route"]["routes"][0]
    assert route["matchers"] == ["action = retrain"]
    assert route["receiver"] == config["receivers"][1]["name"]


# --- the real ones ---

DEBIAN = "prometheus prometheus-alertmanager"
TOOLS = ("prometheus", "promtool", "prometheus-alertmanager", "amtool")


@pytest.fixture(scope="module")
def tools() -> None:
    """Have Debian's Prometheus and Alertmanager, installed if need be."""
    if all(map(shutil.which, TOOLS)):
        return
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip("to install Prometheus and Alertmanager takes root and Debian's apt-get")
    apt = "apt-get update -qq && apt-get install -y -qq --no-install-recommends"
    if subprocess.run(["sh", "-c", f"{apt} {DEBIAN} >&2"], check=False).returncode:
        pytest.skip("Prometheus and Alertmanager are packages of Debian, which can't be installed")


@pytest.mark.slow
@pytest.mark.usefixtures("tools")
def test_prometheus_and_alertmanager_accept_their_files(starter: RenderedRepo) -> None:
    for tool, *words in (
        ("promtool", "check", "config", CONFIG),
        ("promtool", "check", "rules", RULES),
        ("promtool", "test", "rules", RULES_TEST),
        ("amtool", "check-config", ALERTMANAGER),
    ):
        done = starter.run(tool, *words, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("tools")
def test_people_hear_of_every_alert_and_the_receiver_of_those_that_ask(
    starter: RenderedRepo,
) -> None:
    route = ("amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}")
    assert starter.run(*route, "alertname=Drift", "action=retrain").stdout == "retrain,people\n"
    assert starter.run(*route, "alertname=SlowAnswers").stdout == "people\n"


def broken(text: str, rule: str) -> str:
    """The rules with one alert that never fires."""
    return re.sub(rf"(alert: {rule}\n +expr: )", r"\1vector(0) > 1 #", text)


@pytest.mark.slow
@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize("alert", ["ServiceDown", "TooManyErrors", "Drift", "ModelStale"])
def test_promtool_sees_an_alert_that_never_fires(
    alert: str, starter: RenderedRepo, tmp_path: Path
) -> None:
    (tmp_path / "rules.yaml").write_text(broken(starter.read(RULES), alert))
    shutil.copy(starter.path / RULES_TEST, tmp_path)
    done = starter.run("promtool", "test", "rules", str(tmp_path / "rules_test.yaml"), check=False)
    assert done.returncode == 1
    assert f"alertname: {alert}" in done.stdout + done.stderr


@pytest.fixture(scope="module")
def trained(
    environment: Path, production: RenderedRepo, tmp_path_factory: pytest.TempPathFactory
) -> RenderedRepo:
    """Give a repo with a small forest in production."""
    return copy_of(production, tmp_path_factory.mktemp("watched"), environment)


@contextmanager
def process(
    name: str, folder: Path, *words: str, cwd: Path, env: dict[str, str] | None = None
) -> Iterator[Path]:
    """Run a command beside the test; give the file that it prints to. Nothing of it is left."""
    output = folder / f"{name}.log"
    with output.open("wb") as log:
        started = subprocess.Popen(
            words,
            cwd=cwd,
            env=clean_environment(**(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield output
    finally:
        started.terminate()
        try:
            started.wait(30)
        finally:
            for pid in members(started.pid):
                os.kill(pid, signal.SIGKILL)


@dataclass(frozen=True)
class Stack:
    """All of it, running."""

    repo: RenderedRepo
    service: Service
    prometheus: str
    alertmanager: str
    receiver: Path

    def query(self, text: str) -> list[Any]:
        """What Prometheus answers."""
        asked = f"{self.prometheus}/api/v1/query?{urllib.parse.urlencode({'query': text})}"
        answer = page(asked)
        assert answer["status"] == "success", (text, answer)
        found = answer["data"]["result"]
        return [found] if answer["data"]["resultType"] == "scalar" else list(found)


def page(address: str) -> Any:
    """What is answered, as JSON; None while nothing is."""
    try:
        with urllib.request.urlopen(address, timeout=30) as reply:  # noqa: S310
            text = reply.read().decode()
            return json.loads(text) if text[:1] in "[{" else text
    except OSError:
        return None


@pytest.fixture(scope="module")
def stack(
    tools: None, trained: RenderedRepo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """Give the four processes on loopback, with the repo's own files; only times are shorter."""
    folder = tmp_path_factory.mktemp("stack")
    at = {name: f"127.0.0.1:{free_port()}" for name in ("prometheus", "alertmanager", "receiver")}
    token = {"ALERT_TOKEN": "only-for-this-test"}
    (folder / "token").write_text(token["ALERT_TOKEN"])
    with ExitStack() as running:
        service = running.enter_context(serving(trained))
        copied(
            trained.path / CONFIG,
            folder,
            ("15s", "1s"),
            ("alertmanager:9093", at["alertmanager"]),
            ("api:8000", f"127.0.0.1:{service.port}"),
        )
        copied(trained.path / RULES, folder)
        copied(
            trained.path / ALERTMANAGER,
            folder,
            ("group_wait: 30s", "group_wait: 0s"),
            ("host.docker.internal:9095", at["receiver"]),
            ("/run/secrets/alert-token", str(folder / "token")),
        )
        receiver = running.enter_context(
            process(
                "receiver",
                folder,
                *python(trained, "-m", f"{package(trained)}.retraining.receiver"),
                f"retraining.alerts.port={at['receiver'].partition(':')[2]}",
                cwd=trained.path,
                env=activated(trained) | token,
            )
        )
        alertmanager = process(
            "alertmanager",
            folder,
            "prometheus-alertmanager",
            f"--config.file={folder / 'alertmanager.yaml'}",
            f"--storage.path={folder / 'alerts'}",
            f"--web.listen-address={at['alertmanager']}",
            "--cluster.listen-address=",
            cwd=folder,
        )
        prometheus = process(
            "prometheus",
            folder,
            "prometheus",
            f"--config.file={folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={folder / 'series'}",
            f"--web.listen-address={at['prometheus']}",
            cwd=folder,
        )
        for each in (alertmanager, prometheus):
            running.enter_context(each)
        for name in ("prometheus", "alertmanager"):
            until(partial(page, f"http://{at[name]}/-/ready"), name)
        until(lambda: "Uvicorn running" in receiver.read_text(), "the receiver listens")
        yield Stack(
            trained, service, f"http://{at['prometheus']}", f"http://{at['alertmanager']}", receiver
        )


def copied(file: Path, folder: Path, *changes: tuple[str, str]) -> None:
    """Copy a file, with a few words of it changed."""
    text = file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / file.name).write_text(text)


@pytest.mark.slow
def test_every_query_is_answered_by_the_real_prometheus(stack: Stack) -> None:
    rows = json.loads(stack.repo.read("models/candidate/example.json"))
    for _ in range(8):  # a rate wants counts that grow from one look to the next
        assert stack.service.post(rows).status == 200
        time.sleep(0.5)
    known = {name for name, _, _ in samples(stack.service.get("/metrics").text)}
    named = set().union(*map(metrics_named, queries(stack.repo).values()))
    of_drift = {name for name in named if name.startswith("drift_")}
    recorded = {rule["record"] for rule in rules(stack.repo) if "record" in rule}
    assert named - of_drift - recorded - {"up", "ALERTS"} <= known

    alerts = {rule["alert"] for rule in rules(stack.repo) if "alert" in rule}
    silent = {*alerts, "Alerts A"}
    for name, query in queries(stack.repo).items():
        if of_drift & metrics_named(query) or name in silent:
            stack.query(query)
        else:
            until(partial(stack.query, query), f"{name} has a value")
    (version,) = stack.query("max by (version) (model_info) > 0")
    assert version["metric"] == {"version": "v0.0.1"}
    assert stack.query("ALERTS{alertstate='firing'}") == []


@pytest.mark.slow
def test_drift_leads_to_a_new_candidate(stack: Stack) -> None:
    repo = stack.repo
    hashes = repo.path / "models" / "candidate" / "hashes.json"
    before = hashes.read_bytes()
    # The world moves on; what became true comes in; and somebody looks whether it did.
    raw = next((repo.path / "data" / "raw").glob("*.csv"))
    known = pd.read_csv(raw)
    windy = known.sample(200, random_state=0).assign(wind=[9 + n / 100 for n in range(200)])
    asked = windy.drop(columns="rain_tomorrow").to_json(orient="records")
    assert stack.service.post(asked.encode()).status == 200
    pd.concat([known, windy]).to_csv(raw, index=False)
    run(repo, "dvc", "add", "--quiet", raw.relative_to(repo.path).as_posix())
    commit(repo, "A year later")
    looked = repo.run(*python(repo, "-m", f"{package(repo)}.monitoring.drift"), check=False)
    assert looked.returncode == 3, looked.stdout + looked.stderr

    until(lambda: stack.query("ALERTS{alertname='Drift', alertstate='firing'}"), "the alert fires")
    for name, query in queries(repo).items():
        if "drift_" in query and name != "DriftNotChecked":
            until(partial(stack.query, query), f"{name} has a value")
    (told,) = until(
        lambda: page(f"{stack.alertmanager}/api/v2/alerts?receiver=retrain"), "it is passed on"
    )
    assert told["labels"]["action"] == "retrain"

    until(lambda: "started `make retrain`" in stack.receiver.read_text(), "the webhook arrives")
    assert "Drift: The live rows" in stack.receiver.read_text()

    def ended() -> bool:
        log = repo.path / "logs" / "retrain.log"
        assert "failed" not in stack.receiver.read_text(), log.read_text()
        return "the retraining is done" in stack.receiver.read_text()

    until(ended, "the retraining ends", seconds=300)
    assert hashes.read_bytes() != before
    assert stack.service.get("/ready").json["model_version"] == "v0.0.1"  # nobody promoted it
    assert stack.receiver.read_text().count("started `") == 1
