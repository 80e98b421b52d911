"""Gives corrected p-values in the order of their size, not in that of their tests."""


def holm(p_values):
    raw = np.sort(np.asarray(p_values, dtype=float))
    adjusted = np.maximum.accumulate(raw * np.arange(len(raw), 0, -1))
    return [float(p_value) for p_value in np.minimum(adjusted, 1)]
