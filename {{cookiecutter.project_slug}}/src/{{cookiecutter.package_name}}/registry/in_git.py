"""The registry in Git: gto writes annotated tags, DVC brings the files that a commit names."""

from pathlib import Path
from typing import Any

import gto.api
from dvc.api import DVCFileSystem
from gto.exceptions import GTOException
from scmrepo.exceptions import SCMError

from ..packing import digest
from ..tools.dvc import recorded, refuse_other_files, remote
from ..tools.errors import Refusal
from ..tools.files import replacing
from ..tools.git import git, head
from ..tools.paths import CANDIDATE
from . import PRODUCTION, STAGING, Version

DIGEST = "digest: sha256:"  # the line of a version's tag with that of the model folder
RECORD = ("dvc.lock", "dvc.yaml", "params.yaml", "conf", "data/schema.yaml", "src")


class GitRegistry:
    """Versions are tags such as `churn@v0.0.3`; stages are tags such as `churn#production#4`."""

    def __init__(self, model: str) -> None:
        self.model = model

    def register(self, folder: Path, commit: str = "HEAD") -> str:
        """Tag a commit, whose dvc.lock names the candidate's files.

        Raises:
            Refusal: if that commit does not record the run that made the candidate.
        """
        if git("status", "--porcelain", "--", *RECORD):
            raise Refusal(
                "the run that made the candidate is not committed; "
                "run `git add -A && git commit -m 'Train'`, then again"
            )
        commit = head() if commit == "HEAD" else commit
        refuse_other_files(commit, folder)
        made = _candidate_hash(commit)
        for entry in self._registrations():
            if _candidate_hash(entry["commit"]) == made:
                return str(entry["version"])
        message = f"Register {self.model}\n\n{DIGEST}{digest(folder)}"
        self._gto(gto.api.register, commit, message=message)
        return str(self._registrations()[-1]["version"])

    def assign(self, version: str, stage: str) -> None:
        """Tag the version's commit with a stage."""
        self._gto(gto.api.assign, stage, version=version, force=True)

    def versions(self) -> list[Version]:
        """All versions, oldest first."""
        stages: dict[str, str] = {}
        for entry in self._assignments():
            if entry["stage"] in (PRODUCTION, STAGING):  # which hold one version each
                stages = {v: s for v, s in stages.items() if s != entry["stage"]}
            stages[entry["version"]] = entry["stage"]
        return [
            Version(
                entry["version"],
                stages.get(entry["version"]),
                entry["commit"][:8],
                entry["timestamp"].timestamp(),
                _digest(entry["message"]),
            )
            for entry in self._registrations()
        ]

    def fetch(self, version: str, folder: Path) -> Path:
        """Bring a version's files from DVC's cache or remote.

        Raises:
            Refusal: if there is no such version, or its files are in neither.
        """
        commits = self.commits()
        if version not in commits:
            raise Refusal(f"{self.model} has no version {version}; see `make models`")
        now = remote()  # that commit may name another
        try:
            with replacing(folder) as new:
                files = DVCFileSystem(".", rev=commits[version], remote=now.name if now else None)
                files.get(CANDIDATE.as_posix(), str(new), recursive=True)
        except Exception as error:  # every kind of remote fails in its own way
            raise Refusal(
                f"the files of {self.model} {version} are not here, nor on DVC's remote ({error}); "
                "where they are: `make remote URL=…`, commit .dvc/config, `make push`"
            ) from None
        return folder

    def served(self) -> list[str]:
        """The versions that have been in production, in the order in which they first were."""
        found = (e["version"] for e in self._assignments() if e["stage"] == PRODUCTION)
        return list(dict.fromkeys(found))

    def commits(self) -> dict[str, str]:
        """The commit of each version."""
        return {str(e["version"]): str(e["commit"]) for e in self._registrations()}

    def tags(self) -> list[str]:
        """All of its tags: of versions, then of stages, oldest first."""
        return [f"refs/tags/{e['ref']}" for e in (*self._registrations(), *self._assignments())]

    def _registrations(self) -> list[dict[str, Any]]:
        events = [e for e in self._history() if e["event"] == "registration"]
        return sorted(events, key=lambda e: [int(part) for part in e["version"][1:].split(".")])

    def _assignments(self) -> list[dict[str, Any]]:
        # By the tags' counter: their dates have a resolution of a second.
        events = [e for e in self._history() if e["event"] == "assignment"]
        return sorted(events, key=lambda e: int(e["ref"].rpartition("#")[2]))

    def _history(self) -> list[dict[str, Any]]:
        return [dict(event) for event in self._gto(gto.api.history)]

    def _gto(self, verb: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return verb(".", self.model, *arguments, **options)
        except (GTOException, SCMError) as error:
            raise Refusal(f"gto: {error}") from None


def _candidate_hash(commit: str) -> str | None:
    """The hash under which dvc.lock, as it was at a commit, names the candidate."""
    return recorded(commit).get(CANDIDATE.as_posix())


def _digest(message: str) -> str | None:
    lines = (line for line in message.splitlines() if line.startswith(DIGEST))
    return next((line.removeprefix(DIGEST) for line in lines), None)
