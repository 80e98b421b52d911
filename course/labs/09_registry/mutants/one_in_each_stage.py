"""Keeps one version in each stage, so that only the last archived one is."""


class GitRegistry:
    def versions(self):
        holds = {}
        for event in self._assignments():
            holds = {s: v for s, v in holds.items() if v != event["version"]}
            holds[event["stage"]] = event["version"]
        stages = {version: stage for stage, version in holds.items()}
        return [
            Version(
                event["version"],
                stages.get(event["version"]),
                event["commit"],
                event["timestamp"].timestamp(),
                _digest(event["message"]),
            )
            for event in self._registrations()
        ]
