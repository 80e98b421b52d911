"""Registers the commit, whatever files are here."""


class GitRegistry:
    def register(self, folder, commit="HEAD"):
        commit = head() if commit == "HEAD" else commit
        for event in self._registrations():
            if _candidate_hash(event["commit"]) == _candidate_hash(commit):
                return event["version"]
        self._gto(gto.api.register, commit, message=f"Register\n\n{DIGEST}{digest(folder)}")
        return self._registrations()[-1]["version"]
