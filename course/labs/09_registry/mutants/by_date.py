"""Takes the tags' dates for their order."""


class GitRegistry:
    def _assignments(self):
        events = [event for event in self._history() if event["event"] == "assignment"]
        return sorted(events, key=lambda event: event["timestamp"])
