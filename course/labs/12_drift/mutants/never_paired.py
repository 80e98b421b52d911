"""Compares answers to the same requests as if they were to others."""


def _tested(quality, task, alpha):
    champion, challenger = (column[~np.isnan(column)] for column in quality.T)
    gain = challenger.mean() - champion.mean()
    means = CompareMeans(DescrStatsW(challenger), DescrStatsW(champion))
    low, high = means.zconfint_diff(alpha, usevar="unequal")
    p_value = means.ztest_ind(usevar="unequal")[1]
    return float(gain), (float(low), float(high)), 1.0 if math.isnan(p_value) else float(p_value)
