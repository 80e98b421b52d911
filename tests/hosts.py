"""Machines with Docker that are reached by SSH, all on this one: `ssh` and `docker` are stand-ins.

A container is a real process: the repository's code, installed as the Dockerfile installs it, and
the model that was put into the image.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.github import standins
from tests.github.machine import Use
from tests.rendered import clean_environment
from tests.served import members

# `ssh -- me@staging COMMAND` runs it with the shell, in a home of its own; -L relays a port.
SSH = """
import os, pathlib, socket, subprocess, sys, threading
words = sys.argv[1:]
machine = words[words.index("--") + 1].partition("@")[2]
home = pathlib.Path(FOLDER, machine)
home.mkdir(exist_ok=True)

def copy(source, sink):
    while data := source.recv(65536):
        sink.sendall(data)
    sink.shutdown(socket.SHUT_WR)

if "-L" in words:
    here, there = words[words.index("-L") + 1].split(":")[1::2]
    with socket.create_server(("127.0.0.1", int(here))) as server:
        while True:
            near, far = server.accept()[0], socket.create_connection(("127.0.0.1", int(there)))
            for pair in ((near, far), (far, near)):
                threading.Thread(target=copy, args=pair, daemon=True).start()
env = {"HOME": str(home), "PATH": f"{FOLDER}/there:{os.environ['PATH']}"}
command = " ".join(words[words.index("--") + 2 :])
sys.exit(subprocess.run(["sh", "-c", command], cwd=home, env=env).returncode)
"""

# `docker compose` of one service, whose container is a process.
DOCKER = """
import os, pathlib, signal, subprocess, sys, time, urllib.request
words = sys.argv[1:]
file = words[words.index("--env-file") + 1] if "--env-file" in words else ".env"
told = dict(line.split("=", 1) for line in pathlib.Path(file).read_text().splitlines())
image, pid = pathlib.Path(FOLDER, "images", told["TAG"]), pathlib.Path("service.pid")
url = f"http://127.0.0.1:{told['PORT']}/health"

def answers():
    try:
        return urllib.request.urlopen(url).status == 200
    except OSError:
        return False

if "pull" in words:
    sys.exit(0 if image.is_dir() else f"manifest unknown: {told['TAG']}")
elif "up" in words:
    if pid.exists():
        os.kill(int(pid.read_text()), signal.SIGTERM)
        while answers():
            time.sleep(0.1)
    log = open("service.log", "ab")
    service = subprocess.Popen(
        [image / "serve", f"serving.port={told['PORT']}",
         f"monitoring.log.folder={pathlib.Path.cwd()}/logs/predictions"],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
    )
    pid.write_text(str(service.pid))
    while not answers():
        if service.poll() is not None:
            sys.exit("container api is unhealthy")
        time.sleep(0.1)
elif "logs" in words:
    print(pathlib.Path("service.log").read_text()[-2000:])
"""


class Hosts:
    """Those machines, and the images that they can pull."""

    def __init__(self, folder: Path, package: str) -> None:
        self.folder = folder
        self.package = package
        self.bin = folder / "bin"
        self.spoilt: Path | None = None  # a model that takes the place of the one in an image
        for path, name, code in ((self.bin, "ssh", SSH), (folder / "there", "docker", DOCKER)):
            path.mkdir(parents=True)
            script = path / name
            script.write_text(f"#!{sys.executable}\nFOLDER = {str(folder)!r}\n{code}")
            script.chmod(0o755)

    def build(self, use: Use) -> dict[str, str]:
        """Do what the stand-in for docker/build-push-action does; then install what it would."""
        workspace, tags = use.machine.workspace, use.inputs.get("tags", "")
        outputs = standins.build_push(use)
        if tags:
            self._install(workspace, self.folder / "images" / tags.rpartition(":")[2])
        return outputs

    def _install(self, workspace: Path, image: Path) -> None:
        app, python = image / "app", self.folder / "venv" / "bin" / "python"
        for part in ("conf", "src"):
            shutil.copytree(workspace / part, app / part)
        shutil.copytree(self.spoilt or workspace / "models" / "image", image / "model")
        if not python.exists():  # the lock stays the same from image to image
            locked = self.folder / "locked.txt"
            export = ("export", "--quiet", "--frozen", "--no-dev", "--no-emit-project")
            self._uv(workspace, *export, "--output-file", str(locked))
            self._uv(workspace, "venv", "--quiet", str(python.parents[1]))
            install = ("pip", "install", "--quiet", "--python", str(python))
            self._uv(workspace, *install, "--requirement", str(locked))
        serve = image / "serve"
        serve.write_text(
            f"#!/bin/sh\ncd {app}\nPYTHONPATH=src exec {python} -m {self.package}.serving \\\n"
            f'  serving.model={image}/model serving.host=127.0.0.1 "$@"\n'
        )
        serve.chmod(0o755)

    def _uv(self, cwd: Path, *words: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "uv", *words], cwd=cwd, env=clean_environment(), check=True
        )

    def there(self, machine: str) -> Path:
        """Give the folder that the service runs in on a machine."""
        (found,) = (self.folder / machine).glob("*/compose.yaml")
        return found.parent

    def answer(self, machine: str, rows: list[dict[str, Any]] | None = None) -> Any:
        """Ask the service of a machine: /model, or with rows what it predicts."""
        told = dict(
            line.split("=", 1) for line in (self.there(machine) / ".env").read_text().splitlines()
        )
        url = f"http://127.0.0.1:{told['PORT']}/" + ("model" if rows is None else "predict")
        body = None if rows is None else json.dumps(rows).encode()
        request = urllib.request.Request(
            url, data=body, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as reply:  # noqa: S310
            return json.load(reply)

    def stop(self) -> None:
        """Stop every service."""
        for pid in self.folder.glob("*/*/service.pid"):
            for member in members(int(pid.read_text())):
                with suppress(ProcessLookupError):
                    os.kill(member, signal.SIGKILL)
