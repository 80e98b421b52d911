"""Takes an end that is not stated for zero."""


def _in_range(values, span):
    numbers = pd.to_numeric(values, errors="coerce")
    return numbers.isna() | ((numbers >= (span[0] or 0)) & (numbers <= (span[1] or 0)))
