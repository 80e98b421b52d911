"""Takes whatever it does not know for a reason to train again."""


def drift(cfg, log_from=None):
    if log_from:
        _bring(log_from, cfg.monitoring.log.folder)
    try:
        monitor(cfg)
    except Refusal as refusal:
        return Finding(True, str(refusal))
    found = read_json(REPORTS / "drift.json")
    said = f"{found['rows']['window']} of {cfg.monitoring.min_rows} in {found['drifted']}"
    return Finding(found["verdict"] != "no drift", said, as_table(found))
