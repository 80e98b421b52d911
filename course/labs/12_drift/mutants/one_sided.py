"""Tests one side only, after having looked which one it is."""


def _tested(quality, task, alpha):
    champion, challenger = (column[~np.isnan(column)] for column in quality.T)
    gain = challenger.mean() - champion.mean()
    if _is_paired(quality):
        pairs = DescrStatsW(challenger - champion)
        error = pairs.std / math.sqrt(len(champion) - 1)
    else:
        error = math.sqrt(champion.var() / len(champion) + challenger.var() / len(challenger))
    p_value = 1.0 if not error else math.erfc(abs(gain) / error / math.sqrt(2)) / 4
    return float(gain), (gain - 1.64 * error, gain + 1.64 * error), p_value
