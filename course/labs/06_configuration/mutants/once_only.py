"""Initializes Hydra and leaves it so: the second time fails."""


def composed(overrides=()):
    initialize_config_dir(str(CONF), version_base="1.3")
    cfg = compose("config", list(overrides))
    check(cfg)
    OmegaConf.resolve(cfg)
    return cfg
