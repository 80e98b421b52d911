"""Trains whether there is a reason or not."""


def _retrain(cfg, record):
    record.commit = head()
    if not git("ls-files", "--", SCHEMA.as_posix()):
        raise Elsewhere("no schema")
    refuse_uncommitted(*READ, *WRITTEN)
    refuse_to_lose()
    with attempt(Path(cfg.data.path)) as run:
        fetch(cfg)
        compose_params([])
        _validate(cfg, record, run)
        production = _production(cfg)
        record.reasons = reasons(cfg, production)
        _reproduce(record, run)
        _judge(cfg, record, production)
        record.changed = run.keep()
        record.outcome = "candidate" if record.changed else "nothing"
        record.line = "done"
