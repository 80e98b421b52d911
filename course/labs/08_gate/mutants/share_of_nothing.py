"""Takes a share of a negative score for a negative tolerance."""


def _tolerated(tolerance, before):
    if isinstance(tolerance, str):
        return float(tolerance.removesuffix("%")) / 100 * before
    return float(tolerance)
