"""Which pinned actions and images have newer releases. `--fix` takes them, in both worlds alike.

Dependabot reads no file below `{{cookiecutter.project_slug}}/`. Exit codes: 0 all is new (or was
made so), 1 something is behind, 2 something is odd, was named and was left as it is.
"""

import argparse
import os
import re
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
RENDERED = "{{cookiecutter.project_slug}}"
GITHUB = "https://api.github.com"
DOCKER_HUB = "https://hub.docker.com"

_PLACES = (
    ".github/**/*",
    f"{RENDERED}/.github/**/*",
    f"{RENDERED}/.devcontainer/**/*",
    f"{RENDERED}/deploy/**/*",
    f"{RENDERED}/compose.yaml",
    f"{RENDERED}/Dockerfile",
    "templates/parts/*/.github/**/*",
    "templates/parts/*/compose.yaml",
)
_ACTION = re.compile(
    r"(?P<head>\buses:\s+)(?P<name>[A-Za-z0-9][\w-]*/[\w.-]+)(?P<path>(?:/[\w.-]+)*)"
    r"@(?P<sha>[0-9a-f]{40})(?P<gap>\s+#\s*)(?P<tag>v\d+\.\d+\.\d+)(?![\w.])",
    re.ASCII,
)
_IMAGE = re.compile(
    r"(?P<head>\bimage\"?:\s*\"?|^FROM\s+|--from=|_IMAGE=)(?P<name>[a-z0-9./_-]+)"
    r":(?P<tag>v?\d+\.\d+\.\d+(?:-[a-z0-9.]+)*)(?=[\s\"]|$)",
    re.ASCII | re.MULTILINE,
)
_TAG = re.compile(r"(v?)(\d+\.\d+\.\d+)((?:-[a-z0-9.]+)*)", re.ASCII)
_SHA = re.compile(r"[0-9a-f]{40}", re.ASCII)
_PAGES = 10


class Odd(Exception):
    """An answer that can't be acted on; the message is one line."""


@dataclass(frozen=True, order=True)
class Pin:
    """An action or an image at one version."""

    name: str
    tag: str
    sha: str = ""  # an action's commit; an image has none

    @property
    def version(self) -> Version:
        """The number in the tag."""
        return Version(self._parts[1])

    @property
    def kind(self) -> tuple[str, bool, str, str]:
        """What two pins share that are to be at the same version."""
        before, _, after = self._parts
        return self.name, bool(self.sha), before, after

    @property
    def _parts(self) -> tuple[str, str, str]:
        found = _TAG.fullmatch(self.tag)
        assert found, self.tag  # noqa: S101 - whoever makes a pin has looked
        return found[1], found[2], found[3]


class Api:
    """GitHub and Docker Hub."""

    def __init__(self, github: str, docker_hub: str, token: str | None) -> None:
        """Take their addresses, and a token for more questions an hour at GitHub."""
        self._github = github
        self._docker_hub = docker_hub
        self._token = token

    def newest_action(self, pin: Pin) -> str:
        """Give the tag of an action's newest release; without releases, the newest tag.

        Raises:
            Odd: there is none, or the answer is not to be understood.
        """
        repo = f"{self._github}/repos/{pin.name}"
        release = self._json(f"{repo}/releases/latest", missing={})
        if isinstance(release, dict) and _is_like(release.get("tag_name"), pin):
            return str(release["tag_name"])
        tags = [_text(ref, "ref") for ref in _list(self._json(f"{repo}/git/matching-refs/tags/v"))]
        return _newest(pin, (tag.removeprefix("refs/tags/") for tag in tags))

    def commit_of(self, name: str, tag: str) -> str:
        """Give the commit of an action's tag, through however many annotations.

        Raises:
            Odd: it has none.
        """
        repo = f"{self._github}/repos/{name}/git"
        answer = self._json(f"{repo}/ref/tags/{tag}")
        for _ in range(5):
            target = answer.get("object") if isinstance(answer, dict) else None
            sha = _text(target, "sha")
            if not _SHA.fullmatch(sha):
                raise Odd(f"the tag {tag} has the commit {sha[:50]!r}")
            if _text(target, "type") == "commit":
                return sha
            answer = self._json(f"{repo}/tags/{sha}")
        raise Odd(f"the tag {tag} leads to no commit")

    def newest_image(self, pin: Pin, major: bool) -> str:
        """Give an image's newest tag of the same shape, of the same major version unless told so.

        Raises:
            Odd: there is none, or the answer is not to be understood.
        """
        if re.search(r"[.:]|^localhost", pin.name.split("/")[0]):
            raise Odd("it is not on Docker Hub, and nobody else is asked; look by hand")
        name = pin.name if "/" in pin.name else f"library/{pin.name}"
        start = "" if major else f"{pin.tag.split('.')[0]}."
        tags: list[str] = []
        for page in range(1, _PAGES + 1):
            answer = self._json(
                f"{self._docker_hub}/v2/repositories/{name}/tags"
                f"?page_size=100&page={page}&ordering=last_updated&name={start}"
            )
            results = answer.get("results") if isinstance(answer, dict) else None
            tags += [_text(result, "name") for result in _list(results)]
            if not answer.get("next"):
                break
        return _newest(pin, (tag for tag in tags if tag.startswith(start)))

    def _json(self, url: str, missing: Any = None) -> Any:
        where = url.removeprefix(self._github).removeprefix(self._docker_hub)
        try:
            # A repository that was renamed answers with a redirect: for a person to look at.
            answer = requests.get(url, auth=self._signed(url), timeout=30, allow_redirects=False)
            if answer.status_code == 404 and missing is not None:
                return missing
            if answer.status_code == 429 or answer.headers.get("x-ratelimit-remaining") == "0":
                raise Odd("no more questions are allowed this hour; set GITHUB_TOKEN, or wait")
            if answer.status_code != 200:
                raise Odd(f"{where} answers {answer.status_code}")
            return answer.json()
        except requests.JSONDecodeError:
            raise Odd(f"{where} answers no JSON") from None
        except requests.RequestException as error:
            raise Odd(f"{where} gives no answer ({type(error).__name__})") from None

    def _signed(self, url: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
        def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
            if self._token and url.startswith(self._github):
                request.headers["Authorization"] = f"Bearer {self._token}"
            return request

        return sign


def _list(answer: object) -> list[object]:
    if not isinstance(answer, list):
        raise Odd("the answer holds no list of tags")
    return answer


def _text(answer: object, key: str) -> str:
    value = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(value, str):
        raise Odd(f"the answer has no {key}")
    return value


def _is_like(tag: object, pin: Pin) -> bool:
    """Tell whether this is a release's tag, and written as the pin's. What is not is no version."""
    found = _TAG.fullmatch(tag) if isinstance(tag, str) else None
    return found is not None and (found[1], found[3]) == pin.kind[2:]


def _newest(pin: Pin, tags: Iterable[str]) -> str:
    like = [tag for tag in tags if _is_like(tag, pin)]
    if not like:
        raise Odd(f"it has no release that is written as {pin.tag} is")
    return max(like, key=lambda tag: Version(tag.removesuffix(pin.kind[3])))


def places(root: Path) -> Iterator[Path]:
    """Give every file that may hold pins."""
    for pattern in _PLACES:
        yield from sorted(path for path in root.glob(pattern) if path.is_file())


def pins_in(text: str) -> Iterator[Pin]:
    """Find the pins in a file."""
    yield from (Pin(found["name"], found["tag"], found["sha"]) for found in _ACTION.finditer(text))
    yield from (Pin(found["name"], found["tag"]) for found in _IMAGE.finditer(text))


def moved(text: str, changes: Mapping[Pin, Pin]) -> str:
    """Put the new pins into a file's text."""

    def action(found: re.Match[str]) -> str:
        new = changes.get(Pin(found["name"], found["tag"], found["sha"]))
        if new is None:
            return found[0]
        return f"{found['head']}{new.name}{found['path']}@{new.sha}{found['gap']}{new.tag}"

    def image(found: re.Match[str]) -> str:
        new = changes.get(Pin(found["name"], found["tag"]))
        return f"{found['head']}{new.name}:{new.tag}" if new else found[0]

    return _IMAGE.sub(image, _ACTION.sub(action, text))


def newest(pins: Sequence[Pin], api: Api, major: bool) -> Pin:
    """Give what all pins of one action, or of one image, should be: never an older version.

    Raises:
        Odd: it can't be told, or a tag is no longer what it was.
    """
    highest = max(pins, key=lambda pin: pin.version)
    if not highest.sha:
        tag = api.newest_image(highest, major)
        return max(highest, Pin(highest.name, tag), key=lambda pin: pin.version)
    for pin in pins:
        sha = api.commit_of(pin.name, pin.tag)
        if sha != pin.sha:
            raise Odd(
                f"THE TAG {pin.tag} HAS MOVED, from {pin.sha} to {sha}: whoever did that can run "
                "code wherever the tag is used, so find out why before you take any version"
            )
    tag = api.newest_action(highest)
    if Version(tag) <= highest.version:
        return highest
    return Pin(highest.name, tag, api.commit_of(highest.name, tag))


def table(changes: Mapping[Pin, Pin]) -> Iterator[str]:
    """Say in Markdown what is behind."""
    yield "| pinned | at | newest |"
    yield "| --- | --- | --- |"
    for old, new in sorted(changes.items()):
        name = old.name
        if old.sha:
            name = f"[{name}](https://github.com/{name}/compare/{old.tag}...{new.tag})"
        yield f"| {name} | {old.tag} | {new.tag} |"


def write(path: Path, text: str) -> None:
    """Write a file as a whole or not at all."""
    half = path.with_name(f".{path.name}.part")
    try:
        half.write_bytes(text.encode())
        shutil.copymode(path, half)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def main(
    arguments: Sequence[str] | None = None,
    root: Path = ROOT,
    github: str = GITHUB,
    docker_hub: str = DOCKER_HUB,
) -> int:
    """Compare all pins with the newest releases; give the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--fix", action="store_true", help="take what is newer")
    parser.add_argument("--major", action="store_true", help="images: new major versions too")
    chosen = parser.parse_args(arguments)

    texts = {path: path.read_bytes().decode() for path in places(root)}
    groups: dict[tuple[str, bool, str, str], set[Pin]] = defaultdict(set)
    for text in texts.values():
        for pin in pins_in(text):
            groups[pin.kind].add(pin)

    api = Api(github, docker_hub, os.environ.get("GITHUB_TOKEN"))
    changes: dict[Pin, Pin] = {}
    odd: list[str] = []
    for pins in map(sorted, groups.values()):
        try:
            best = newest(pins, api, chosen.major)
        except Odd as why:
            odd.append(f"- {pins[0].name} stays at {pins[-1].tag}: {why}")
            continue
        changes.update({pin: best for pin in pins if pin != best})

    if changes:
        print("\n".join(table(changes)))
    elif not odd:
        print(f"All {len(groups)} pins are at their newest versions.")
    if odd:
        print("\n".join(["", *odd] if changes else odd))
    if chosen.fix and changes:
        for path, text in texts.items():
            if (new := moved(text, changes)) != text:
                write(path, new)
        if told := os.environ.get("GITHUB_OUTPUT"):
            with Path(told).open("a", encoding="utf-8") as output:
                output.write("changed=true\n")
    if odd:
        return 2
    return 1 if changes and not chosen.fix else 0


if __name__ == "__main__":
    sys.exit(main())
