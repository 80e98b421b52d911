"""Ends with 0 whatever came of it."""


def retrain(cfg):
    record = Record()
    try:
        _retrain(cfg, record)
    except Elsewhere as elsewhere:
        record.outcome, record.line = "nothing", str(elsewhere)
    except Exception as error:
        record.outcome, record.line = "refused", str(error)
    _leave(record, cfg)
