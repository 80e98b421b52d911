"""ML2: where packages, images and actions come from."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any

from ml_repo_review.repository import Repository, allowed
from ml_repo_review.rule import Finding, Rule

_LOCKS = (
    *("uv.lock", "*/uv.lock", "poetry.lock", "pdm.lock", "pixi.lock", "Pipfile.lock"),
    *("*conda-lock.yml", "requirements*.lock", "*.lock.txt", "pylock*.toml"),
)
_LOCK_BYTES = 10_000_000
_OPTIONS = ("requirements*.txt", "*/requirements*.txt", "pip.conf", ".pip/pip.conf", "*Dockerfile*")


class HasLock(Rule):
    """A lock file is in Git."""

    code = "ML201"
    reason = "Without one, next month's model is made by other packages."
    fix = "`make setup`, or `uv lock`, and commit the file"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look for a lock file, or requirements of which each is pinned."""
        if repo.matching(*_LOCKS) or any(map(_pinned, _requirements(repo))):
            return
        yield Finding("there is no lock file")


class LockHosts(Rule):
    """Lock files name no other hosts than the policy's."""

    code = "ML202"
    reason = "One line to another host passes the mirror by."
    fix = "`uv lock --default-index <index.url of the policy>`, and commit the file"
    key = "index.lock_hosts"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at each address in a lock file."""
        hosts = repo.policy.get(self.key)
        for path in repo.matching(*_LOCKS):
            seen: set[str] = set()
            for number, line in enumerate(repo.text(path, _LOCK_BYTES).splitlines(), 1):
                for host in re.findall(r"https?://([^/\s\"']{1,200})", line):
                    name = host.rpartition("@")[2]
                    if name not in seen and not allowed(name, hosts):
                        seen.add(name)
                        yield Finding(f"it names the host {name}", path, number)


class OneIndex(Rule):
    """Packages come from one index, the policy's."""

    code = "ML203"
    reason = "A second index can answer with a package of a private one's name."
    fix = "remove the extra index, or make it `explicit = true` under `[[tool.uv.index]]`"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look for extra indexes of pip and uv, and compare the default with the policy's."""
        for path in repo.matching(*_OPTIONS):
            for number, line in enumerate(repo.text(path, 200_000).splitlines(), 1):
                if re.search(r"^[^#]*(--)?extra-index-url", line):
                    yield Finding("it adds a second index", path, number)
        asked = repo.policy.get("index.url")
        tool = repo.pyproject.get("tool")
        uv = tool.get("uv") if isinstance(tool, dict) else None
        listed = uv.get("index") if isinstance(uv, dict) else None
        default = ""
        for index in listed if isinstance(listed, list) else []:
            if not isinstance(index, dict) or index.get("explicit"):
                continue
            if index.get("default"):
                default = str(index.get("url"))
            else:
                yield Finding(f"{index.get('url')} is a second index", "pyproject.toml")
        if asked and default != asked:
            why = repo.policy.because("index.url")
            yield Finding(f"the default index should be {asked} ({why})", "pyproject.toml")


class BaseImage(Rule):
    """Images are built on the policy's base."""

    code = "ML204"
    reason = "What lies below a service is patched in one place."
    fix = "name the base of `images.base` in FROM, or in the ARG that it takes"
    key = "images.base"

    def applies(self, repo: Repository) -> bool:
        """Only a Dockerfile has a base."""
        return super().applies(repo) and bool(_dockerfiles(repo))

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at each FROM, with its arguments resolved."""
        for path, number, image in _bases(repo):
            if not fnmatch(image.partition("@")[0], repo.policy.get(self.key)) and not fnmatch(
                image, repo.policy.get(self.key)
            ):
                yield Finding(f"it is built on {image}", path, number)


class BaseDigest(Rule):
    """Base images are named by their digest."""

    code = "ML205"
    reason = "A tag can move, a digest can't."
    fix = "add @sha256:… to the image; `docker buildx imagetools inspect <image>` tells it"
    key = "images.digest"

    def applies(self, repo: Repository) -> bool:
        """Only where the policy demands it."""
        return repo.policy.get(self.key) is True and bool(_dockerfiles(repo))

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at each FROM."""
        for path, number, image in _bases(repo):
            if not re.search(r"@sha256:[0-9a-f]{64}$", image):
                yield Finding(f"{image} has no digest", path, number)


class PinnedActions(Rule):
    """Actions of workflows are pinned by their commit."""

    code = "ML206"
    reason = "A tag of an action can move to code that reads your secrets."
    fix = "`uvx pinact run`, or write the 40 digits of the commit after the @"

    def applies(self, repo: Repository) -> bool:
        """Only workflows use actions."""
        return bool(repo.workflows)

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at each `uses` of a workflow."""
        for path in repo.workflows:
            for number, line in enumerate(repo.text(path).splitlines(), 1):
                found = re.match(r"\s*(?:-\s+)?uses:\s*['\"]?([^\s'\"#]+)", line)
                if found and not _is_pinned(found[1]):
                    yield Finding(f"{found[1]} is not pinned by its commit", path, number)


class LeastPermissions(Rule):
    """Workflows state the permissions that they need."""

    code = "ML207"
    reason = "Without a word, a workflow's token may write to the repository."
    fix = "write `permissions: {}` above the jobs, and what each job needs into it"

    def applies(self, repo: Repository) -> bool:
        """Only workflows have tokens."""
        return bool(repo.workflows)

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at the workflow, and at each of its jobs."""
        for path, workflow in repo.workflows.items():
            jobs = workflow.get("jobs")
            jobs = jobs if isinstance(jobs, dict) else {}
            stated = "permissions" in workflow or (
                jobs
                and all(isinstance(job, dict) and "permissions" in job for job in jobs.values())
            )
            if not stated:
                yield Finding("it states no permissions", path)
            every = [workflow, *(job for job in jobs.values() if isinstance(job, dict))]
            if any(each.get("permissions") == "write-all" for each in every):
                yield Finding("it takes every permission", path)


class DependencyLicences(Rule):
    """The bill of materials names no licence that the policy does not allow."""

    code = "ML208"
    reason = "Some licences bind what they are linked to."
    fix = "replace the package, or ask for a waiver"
    key = "licences.dependencies"

    def applies(self, repo: Repository) -> bool:
        """Only a bill of materials names licences."""
        return super().applies(repo) and bool(_bills(repo))

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at each component of a CycloneDX file."""
        known = repo.policy.get(self.key)
        for path in _bills(repo):
            components = repo.mapping(path).get("components")
            for each in components if isinstance(components, list) else []:
                if not isinstance(each, dict):
                    continue
                names = list(_licences_of(each))
                words = {word for name in names for word in re.findall(r"[\w.+-]+", name)}
                words -= {"AND", "OR", "WITH"}
                either = any(" OR " in name for name in names)
                bad = {word for word in words if not allowed(word, known)}
                if words and bad and not (either and words - bad):
                    yield Finding(f"{each.get('name')} is under {', '.join(sorted(bad))}", path)


class ImageRegistry(Rule):
    """Images are pushed to the policy's registry, and pulled from there."""

    code = "ML209"
    reason = "Clusters pull from one place, which is scanned."
    fix = "correct the image's name in compose.yaml, deploy/ and the Makefile"
    key = "images.registry"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at what is built here: kustomize's new names, and `IMAGE` of the Makefile."""
        asked = repo.policy.get(self.key)
        patterns = ("Makefile", "*/kustomization.yaml")
        for path in repo.matching(*patterns):
            for number, line in enumerate(repo.text(path, 200_000).splitlines(), 1):
                found = re.match(r"\s*(?:newName:|IMAGE\s*[?:]?=)\s*([\w./:-]+)\s*$", line)
                if found and "/" in found[1] and not found[1].startswith(f"{asked}/"):
                    yield Finding(f"the image is {found[1]}, not in {asked}", path, number)


def _requirements(repo: Repository) -> Iterator[list[str]]:
    for path in repo.matching("requirements*.txt", "*/requirements*.txt"):
        lines = [line.partition("#")[0].strip() for line in repo.text(path).splitlines()]
        yield [line for line in lines if line and not line.startswith("-")]


def _pinned(lines: list[str]) -> bool:
    return bool(lines) and all("==" in line or " @ " in line for line in lines)


def _dockerfiles(repo: Repository) -> list[str]:
    found = repo.matching("Dockerfile", "*/Dockerfile", "*Dockerfile.*", "*.Dockerfile")
    return found + repo.matching("Containerfile", "*/Containerfile")


def _bases(repo: Repository) -> Iterator[tuple[str, int, str]]:
    """Give the image of each FROM that names no stage, with its file and line."""
    for path in _dockerfiles(repo):
        arguments: dict[str, str] = {}
        stages: set[str] = {"scratch"}
        for number, line in enumerate(repo.text(path, 200_000).splitlines(), 1):
            words = line.split()
            if len(words) > 1 and words[0].upper() == "ARG":
                name, _, value = words[1].partition("=")
                arguments.setdefault(name, value.strip("\"'"))
            if len(words) > 1 and words[0].upper() == "FROM":
                rest = [word for word in words[1:] if not word.startswith("--")]
                image = _with_arguments(rest[0], arguments) if rest else ""
                if image and image not in stages:
                    yield path, number, image
                if len(rest) > 2 and rest[1].upper() == "AS":
                    stages.add(rest[2])


def _with_arguments(text: str, arguments: dict[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name, _, default = (found[1] or found[2]).partition(":-")
        return arguments.get(name) or default

    return re.sub(r"\$\{([^}]{1,100})\}|\$(\w+)", value, text)


def _is_pinned(used: str) -> bool:
    if used.startswith("./"):
        return True
    if used.startswith("docker://"):
        return "@sha256:" in used
    return bool(re.search(r"@[0-9a-f]{40}$", used))


def _bills(repo: Repository) -> list[str]:
    return repo.matching("*.cdx.json", "*bom.json", "*sbom*.json")


def _licences_of(component: dict[str, Any]) -> Iterator[str]:
    listed = component.get("licenses")
    for each in listed if isinstance(listed, list) else []:
        if isinstance(each, dict):
            inner = each.get("license")
            found = each.get("expression") or (
                inner.get("id") or inner.get("name") if isinstance(inner, dict) else None
            )
            if isinstance(found, str):
                yield found[:200]


RULES = (
    HasLock,
    LockHosts,
    OneIndex,
    BaseImage,
    BaseDigest,
    PinnedActions,
    LeastPermissions,
    DependencyLicences,
    ImageRegistry,
)
