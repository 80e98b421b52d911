"""Leaves references to other values as they are."""


def composed(overrides=()):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", list(overrides))
    check(cfg)
    return cfg
