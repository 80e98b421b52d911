"""Brings back the last other version, so that a second rollback undoes the first."""


def rollback(cfg):
    found = registry(cfg)
    present = in_stage(found, PRODUCTION)
    if present is None or cfg.get("of", present) != present:
        raise Refusal("nothing to bring back")
    events = [entry["version"] for entry in found._assignments()]
    others = [version for version in events if version != present]
    if not others:
        raise Refusal("nothing to bring back")
    put_into_production(found, others[-1])
