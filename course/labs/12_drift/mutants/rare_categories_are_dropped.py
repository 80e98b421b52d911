"""Drops categories that were rare, so that nobody sees them become frequent."""


def _values(name, kind, then, now, of_type):
    samples = measured(then, of_type), measured(now, of_type)
    if samples[0] is None or samples[1] is None:
        before = counted(then)
        before = before[before >= 5]
        after = counted(now).reindex(before.index).fillna(0)
        table = pooled(np.column_stack([before, after]))
        if len(table) > 1:
            p_value = stats.chi2_contingency(table, correction=False).pvalue
            yield Check(name, kind, "chi-squared", float(jensenshannon(*table.T, base=2)), p_value)
    elif len(samples[0]) and len(samples[1]):
        test = stats.ks_2samp(*samples, method="asymp")
        yield Check(name, kind, "Kolmogorov-Smirnov", float(test.statistic), float(test.pvalue))
