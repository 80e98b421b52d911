"""Flattens the first two levels alone."""


def flat(params, prefix=""):
    for key, value in params.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}.{name}", inner) for name, inner in value.items())
        else:
            yield key, value
