"""Promotes, and leaves the former version without a stage."""


def put_into_production(found, version):
    found.assign(version, PRODUCTION)
