"""Takes a table that DVC does not keep for a new one."""


def _new_data(cfg, production):
    now, before = data_hash(Path(cfg.data.path)), production.made["data"]
    holds = cfg.retraining.new_data and now != before
    return Reason("new data", holds, f"it was {before}, is {now}")
