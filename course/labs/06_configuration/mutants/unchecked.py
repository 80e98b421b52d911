"""Composes whatever is asked for, and leaves it to others to find that it can't be."""


def composed(overrides=()):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", list(overrides))
    OmegaConf.resolve(cfg)
    return cfg
