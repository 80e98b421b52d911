"""Sorts the tags' numbers as text, in which 10 comes before 2."""


class GitRegistry:
    def _assignments(self):
        events = [event for event in self._history() if event["event"] == "assignment"]
        return sorted(events, key=lambda event: event["ref"].split("#")[-1])
