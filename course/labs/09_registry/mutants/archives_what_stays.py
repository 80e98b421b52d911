"""Archives the version in production even where it is the one that was promoted."""


def put_into_production(found, version):
    former = in_stage(found, PRODUCTION)
    found.assign(version, PRODUCTION)
    if former:
        found.assign(former, ARCHIVED)
