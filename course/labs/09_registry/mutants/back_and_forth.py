"""Brings back the last other version, so that a second rollback undoes the first."""


def rollback(cfg):
    found = registry(cfg)
    present = in_stage(found, PRODUCTION)
    if present is None or cfg.get("of", present) != present:
        raise Refusal("nothing to bring back")
    others = [version for version in found.served() if version != present]
    if not others:
        raise Refusal("nothing to bring back")
    put_into_production(found, others[-1])
