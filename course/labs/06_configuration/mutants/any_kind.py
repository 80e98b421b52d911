"""Makes a regressor where classes are asked for."""


def build_estimator(cfg, schema):
    try:
        return instantiate(cfg.model.estimator, _convert_="all")
    except Exception as error:
        raise Refusal(
            f"model={cfg.model.name} can't be made ({error.__cause__ or error})"
        ) from None
