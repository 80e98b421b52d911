"""Takes W&B's integration for something that logs by itself."""


def _log_charts(run):
    log.info("W&B logs its charts by itself")
