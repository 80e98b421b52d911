"""Leaves no report where something breaks off, and takes what is elsewhere for a failure."""


def retrain(cfg):
    record = Record()
    try:
        _retrain(cfg, record)
    except Refusal as refusal:
        record.outcome, record.line = "refused", str(refusal)
    _leave(record, cfg)
    if record.outcome == "refused":
        raise Refusal(record.line)
