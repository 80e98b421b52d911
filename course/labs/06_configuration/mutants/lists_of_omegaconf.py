"""Gives models the lists and dicts of OmegaConf."""


def build_estimator(cfg, schema):
    try:
        estimator = instantiate(cfg.model.estimator)
    except Exception as error:
        raise Refusal(
            f"model={cfg.model.name} can't be made ({error.__cause__ or error})"
        ) from None
    if is_regressor(estimator) != (schema.task == "regression"):
        raise Refusal(f"model={cfg.model.name} does not suit a {schema.task} task")
    return estimator
