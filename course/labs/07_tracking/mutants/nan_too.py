"""Gives trackers what is no number."""


class Run:
    def scores(self):
        return dict(self.metrics)
