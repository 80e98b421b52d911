"""What a person is told in one line."""


class Mistake(ValueError):
    """Something that a person can mend; the message says what, where, and what to write instead."""
