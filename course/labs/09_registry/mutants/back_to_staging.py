"""Puts the candidate's version into staging, also where it is in production."""


def registered(found):
    version = found.register(CANDIDATE)
    found.assign(version, STAGING)
    return version
