"""Gives the same model a new version as soon as anything is committed."""


class GitRegistry:
    def register(self, folder, commit="HEAD"):
        if git("status", "--porcelain", "--", *RECORD):
            raise Refusal("not committed")
        commit = head() if commit == "HEAD" else commit
        refuse_other_files(commit, folder)
        for event in self._registrations():
            if event["commit"] == commit:
                return event["version"]
        self._gto(gto.api.register, commit, message=f"Register\n\n{DIGEST}{digest(folder)}")
        return self._registrations()[-1]["version"]
