"""Rolls back whatever is in production, also where another version was meant."""


def rollback(cfg):
    found = registry(cfg)
    present = in_stage(found, PRODUCTION)
    if present is None:
        raise Refusal("nothing is in production")
    before = found.served()
    before = before[: before.index(present)]
    if not before:
        raise Refusal("there is none before it")
    put_into_production(found, before[-1])
