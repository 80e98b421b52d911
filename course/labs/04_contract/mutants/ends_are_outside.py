"""Takes both ends of a range for values out of it."""


def _in_range(values, span):
    numbers = pd.to_numeric(values, errors="coerce")
    low = -float("inf") if span[0] is None else span[0]
    high = float("inf") if span[1] is None else span[1]
    return numbers.isna() | numbers.between(low, high, inclusive="neither")
