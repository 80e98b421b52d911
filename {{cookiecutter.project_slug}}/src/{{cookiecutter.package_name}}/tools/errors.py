"""The one exception that is meant for people."""


class Refusal(Exception):  # noqa: N818 - it is an answer, not an accident
    """The problem, its cause, and a remedy; printed without a traceback, exit code 1."""
