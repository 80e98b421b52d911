"""What stands in for the actions that workflows use: one table, at the end.

A stand-in takes the inputs it knows; an input that is left, or an action that is not listed, ends
the test with its name. Where the real action would fail, it fails.
"""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

from tests.github.machine import Failed, StandIn, Use, found_uv

Outputs = dict[str, str]


def checkout(use: Use) -> Outputs:
    """Clones the repository as actions/checkout does: one commit and no tags, unless asked.

    A push asks for credentials, as GitHub does: kept here, or given by `gh auth setup-git`.
    """
    use.need("contents: read")
    machine, github = use.machine, use.machine.contexts["github"]
    depth = int(use.take("fetch-depth", "1"))
    with_tags = use.switch("fetch-tags")
    keeps = use.switch("persist-credentials", "true")
    ref, folder = use.take("ref"), machine.workspace / use.take("path")
    folder.mkdir(parents=True, exist_ok=True)

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"git {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.strip()

    git("init", "--quiet", "--initial-branch=main")
    git("remote", "add", "origin", f"file://{machine.folders['repo']}")
    git("config", "remote.origin.receivepack", str(machine.folders["shims"] / "receive-pack"))
    every = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
    wanted, sha = _wanted(ref, github)
    specs = every if depth == 0 else every[1:] if with_tags else []
    kind, _, name = wanted.removeprefix("refs/").partition("/")
    here = {
        "heads": f"refs/remotes/origin/{name}",
        "tags": wanted,
        "pull": f"refs/remotes/pull/{name}",
    }
    if kind not in here:  # a commit
        specs = [*specs, wanted]
    elif kind == "pull" or (depth and not (kind == "tags" and with_tags)):
        specs = [*specs, f"+{wanted if kind == 'tags' else sha or wanted}:{here[kind]}"]
    git("fetch", "--quiet", "--no-tags", *([f"--depth={depth}"] if depth else []), "origin", *specs)
    if kind == "heads":
        # The branch as it was when the run started, even where someone has pushed since.
        git("update-ref", here[kind], sha or here[kind])
        git("checkout", "--quiet", "-B", name, here[kind])
    else:
        git("checkout", "--quiet", "--detach", here.get(kind, wanted))
    token = use.take("token", machine.token)
    if keeps:
        helper = f"!printf 'username=x-access-token\\npassword={token}\\n' #"
        git("config", "credential.https://github.com.helper", helper)
    return {"commit": git("rev-parse", "HEAD"), "ref": wanted}


def _wanted(ref: str, github: dict[str, str]) -> tuple[str, str]:
    """Give the full name of what to check out, and its commit where the event names it."""
    if not ref or ref == github["ref"]:
        return github["ref"], github["sha"]
    if ref.startswith("refs/") or re.fullmatch(r"[0-9a-f]{40}", ref):
        return ref, ""
    return f"refs/heads/{ref}", ""


def setup_uv(use: Use) -> Outputs:
    """Puts the machine's uv on PATH, alone; the cache is the machine's own."""
    use.take("enable-cache")
    use.take("version")
    uv = found_uv()
    if uv is None:
        raise Failed("there is no uv on this machine")
    folder = use.machine.folders["job"] / "uv"
    folder.mkdir(exist_ok=True)
    for name in ("uv", "uvx"):
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(uv.with_name(name))
    use.machine.paths.insert(0, str(folder))
    if python := use.take("python-version"):
        use.machine.env["UV_PYTHON"] = python
    return {"uv-path": str(folder / "uv")}


def setup_python(use: Use) -> Outputs:
    """Takes the machine's own Python, whatever version is asked for."""
    use.take("cache")
    return {"python-version": use.take("python-version")}


def cache(use: Use) -> Outputs:
    """Keeps folders in the runner's own cache: restored now, kept when the job has succeeded.

    One cache for all branches: GitHub's is the branch's own, and the default branch's.
    """
    folder = use.machine.folders["cache"]
    paths = use.take("path").split("\n")
    key = use.take("key")
    if not key or not paths:
        raise Failed("Input required and not supplied: key, path")
    restore = [one for one in use.take("restore-keys").split("\n") if one]
    version = hashlib.sha256("\n".join(paths).encode()).hexdigest()[:8]
    index = folder / f"{version}.json"
    known: list[str] = json.loads(index.read_text()) if index.exists() else []
    starts = [[one for one in reversed(known) if one.startswith(start)] for start in restore]
    hit = key if key in known else next((found[0] for found in starts if found), "")
    places = [_place(use, path) for path in paths if path]

    def kept(number: int, name: str) -> Path:
        return folder / version / hashlib.sha256(f"{name} {number}".encode()).hexdigest()[:16]

    for number, place in enumerate(places):
        if hit and kept(number, hit).exists():
            shutil.copytree(kept(number, hit), place, symlinks=True, dirs_exist_ok=True)

    def keep() -> None:
        if hit == key or not any(place.exists() for place in places):
            return
        for number, place in enumerate(places):
            if place.exists():
                shutil.copytree(place, kept(number, key), symlinks=True)
        folder.mkdir(parents=True, exist_ok=True)
        index.write_text(json.dumps([*known, key]))

    use.machine.afterwards.append(keep)
    return {"cache-hit": "" if not hit else str(hit == key).lower()}


def _place(use: Use, path: str) -> Path:
    machine = use.machine
    return machine.home / path[2:] if path.startswith("~/") else machine.workspace / path


def upload_artifact(use: Use) -> Outputs:
    """Copies files into a folder of the run, as actions/upload-artifact lays them out."""
    name = use.take("name", "artifact")
    patterns = [line.strip() for line in use.take("path").split("\n") if line.strip()]
    missing = use.take("if-no-files-found", "warn")
    hidden = use.switch("include-hidden-files")
    use.take("retention-days")
    use.take("compression-level")
    target = use.machine.folders["artifacts"] / name
    if use.switch("overwrite"):
        shutil.rmtree(target, ignore_errors=True)
    if target.exists():
        raise Failed(f"an artifact with the name {name} exists on the run (409) Conflict")
    found, roots = _files_of(use.machine.workspace, patterns, hidden)
    if not found:
        if missing == "error":
            raise Failed(f"No files were found with the provided path: {patterns}")
        return {}
    # What the paths have in common stays out of the artifact.
    parents = [root if root.is_dir() else root.parent for root in roots]
    common = [
        shared[0] for shared in zip(*(p.parts for p in parents), strict=False) if _same(shared)
    ]
    for path in found:
        to = target / path.relative_to(Path(*common))
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, to)
    return {"artifact-id": name}


def _same(parts: tuple[str, ...]) -> bool:
    return len(set(parts)) == 1


def _files_of(workspace: Path, patterns: list[str], hidden: bool) -> tuple[list[Path], list[Path]]:
    found: set[Path] = set()
    roots: list[Path] = []
    for pattern in patterns:
        plain = pattern.removeprefix("!").rstrip("/")
        fixed = re.split(r"[^/]*[*?\[]", plain)[0]
        matched = list(workspace.glob(plain)) if fixed != plain else [workspace / plain]
        files = {
            path
            for one in matched
            for path in ([one] if one.is_file() else one.rglob("*"))
            if path.is_file() and (hidden or not _is_hidden(path.relative_to(workspace)))
        }
        found = found - files if pattern.startswith("!") else found | files
        if not pattern.startswith("!"):
            roots.append(workspace / fixed)
    return sorted(found), roots


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def download_artifact(use: Use) -> Outputs:
    """Copies an artifact of the same run into the workspace; without a name, all of them."""
    name, inside = use.take("name"), use.take("path")
    merged = use.switch("merge-multiple")
    artifacts, target = use.machine.folders["artifacts"], use.machine.workspace / inside
    if name and not (artifacts / name).exists():
        raise Failed(f"Unable to download artifact(s): Artifact not found for name: {name}")
    for folder in [artifacts / name] if name else sorted(artifacts.iterdir()):
        to = target if name or merged else target / folder.name
        shutil.copytree(folder, to, dirs_exist_ok=True)
    return {"download-path": str(target)}


def setup_buildx(use: Use) -> Outputs:
    """Remembers that there is a builder which can cache, attest and list materials."""
    use.machine.has_buildx = True
    return {"name": "builder"}


def login(use: Use) -> Outputs:
    """Remembers the registry; a job's token needs the right to packages at ghcr.io."""
    registry = use.take("registry", "docker.io")
    username, password = use.take("username"), use.take("password")
    if not username or not password:
        raise Failed("Username and password required")
    if registry == "ghcr.io":
        use.need("packages: read", token=password)
    use.machine.logins[registry] = password
    return {}


def build_push(use: Use) -> Outputs:
    """Builds nothing: checks what a build would stop at, and notes the image that it would push."""
    machine = use.machine
    inside = use.take("context")
    if not inside:
        raise Failed("without `context: .` it builds from Git: nothing that a step made is there")
    context = machine.workspace / inside
    dockerfile = machine.workspace / use.take("file", f"{inside}/Dockerfile")
    if not context.is_dir() or not dockerfile.is_file():
        raise Failed(f"no context {inside}, or no {dockerfile.name} in it")
    text = dockerfile.read_text(encoding="utf-8").replace("\\\n", " ")
    stages = re.findall(r"^FROM\s.*\sAS\s+(\S+)", text, re.I | re.M)
    target = use.take("target")
    if target and target not in stages:
        raise Failed(f"target stage {target} could not be found")
    for words in re.findall(r"^COPY\s+(?!--from)(.+)\s\S+$", text, re.M):
        for source in (word for word in words.split() if not word.startswith("--")):
            if not target and not any(context.glob(source.rstrip("/"))):
                raise Failed(f'COPY {source}: "/{source}": not found')
    advanced = [use.take(name) for name in ("cache-from", "cache-to", "sbom", "provenance")]
    if any(one not in ("", "false") for one in advanced) and not machine.has_buildx:
        raise Failed("the docker driver can't do that: docker/setup-buildx-action comes first")
    tags = [tag for tag in re.split(r"[\n,]", use.take("tags")) if tag.strip()]
    for name in ("build-args", "labels", "platforms", "load", "outputs"):
        use.take(name)
    for tag in tags:
        if not re.fullmatch(r"[a-z0-9.:-]+(/[a-z0-9._-]+)+:[\w.-]{1,128}", tag.strip()):
            raise Failed(f"invalid tag {tag}: invalid reference format")
    digest = "sha256:" + hashlib.sha256(f"{tags} {text}".encode()).hexdigest()
    if use.switch("push"):
        _push(use, tags, digest)
    return {"digest": digest, "imageid": digest, "metadata": "{}"}


def _push(use: Use, tags: list[str], digest: str) -> None:
    if not tags:
        raise Failed("tag is needed when pushing to registry")
    for tag in tags:
        registry, owner, *_ = tag.split("/")
        if registry not in use.machine.logins:
            raise Failed(f"failed to push {tag}: denied: nobody logged in at {registry}")
        token = use.machine.logins[registry]
        if registry == "ghcr.io":
            use.need("packages: write", token=token)
        if token == use.machine.token and owner != _owner(use):
            raise Failed(f"failed to push {tag}: denied: the job's token is {_owner(use)}'s")
    with use.machine.hub.change() as known:
        known["images"] = [one for one in known["images"] if one["tag"] not in tags]
        known["images"] += [{"tag": tag, "digest": digest} for tag in tags]


def _owner(use: Use) -> str:
    owner: str = use.machine.contexts["github"]["repository_owner"]
    return owner.lower()


def attest(use: Use) -> Outputs:
    """Notes what would be attested: files, or an image by its digest."""
    use.need("id-token: write", "attestations: write")
    github = use.machine.contexts["github"]
    if github["event"]["repository"]["private"]:
        raise Failed(
            "Failed to persist attestation: Feature not available for private repositories"
        )
    name, digest = use.take("subject-name"), use.take("subject-digest")
    path = use.take("subject-path")
    for other in ("predicate-type", "predicate", "predicate-path", "sbom-path", "show-summary"):
        use.take(other)
    pushes = use.switch("push-to-registry")
    if path:
        files, _ = _files_of(use.machine.workspace, [path], hidden=True)
        if not files:
            raise Failed(f"Could not find subject at path {path}")
        subjects = [(file.name, _sha256(file)) for file in files]
    elif name and re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        subjects = [(name, digest)]
    else:
        raise Failed('subject-digest must be in the format "sha256:<hex-digest>"')
    if pushes and name.partition("/")[0] not in use.machine.logins:
        raise Failed(f"nobody logged in to push the attestation of {name}")
    with use.machine.hub.change() as known:
        known["attested"] += [{"name": one, "digest": digest} for one, digest in subjects]
    return {"attestation-id": str(len(subjects)), "bundle-path": ""}


def _sha256(file: Path) -> str:
    return "sha256:" + hashlib.sha256(file.read_bytes()).hexdigest()


def codeql(use: Use) -> Outputs:
    """Looks at nothing; what it found could be uploaded."""
    for name in ("languages", "build-mode", "queries", "category", "config", "config-file"):
        use.take(name)
    sarif = use.take("sarif_file")
    if use.name.endswith("/upload-sarif") and not (use.machine.workspace / sarif).exists():
        raise Failed(f"Path does not exist: {sarif}")
    use.need("security-events: write")
    return {}


STANDINS: dict[str, StandIn] = {
    "actions/attest": attest,
    "actions/attest-build-provenance": attest,
    "actions/cache": cache,
    "actions/checkout": checkout,
    "actions/download-artifact": download_artifact,
    "actions/setup-python": setup_python,
    "actions/upload-artifact": upload_artifact,
    "astral-sh/setup-uv": setup_uv,
    "docker/build-push-action": build_push,
    "docker/login-action": login,
    "docker/setup-buildx-action": setup_buildx,
    "github/codeql-action/analyze": codeql,
    "github/codeql-action/init": codeql,
    "github/codeql-action/upload-sarif": codeql,
}
