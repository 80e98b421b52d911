"""The one exception that is meant for people."""


class Refusal(Exception):  # noqa: N818 - it is an answer, not an accident
    """What is wrong, why, and what to do instead. Printed without a traceback, exit code 1."""
