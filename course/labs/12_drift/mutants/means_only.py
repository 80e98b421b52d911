"""Looks at numbers alone, and at no category."""


def _values(name, kind, then, now, of_type):
    samples = measured(then, of_type), measured(now, of_type)
    if samples[0] is not None and samples[1] is not None and len(samples[0]) and len(samples[1]):
        test = stats.ks_2samp(*samples, method="asymp")
        yield Check(name, kind, "Kolmogorov-Smirnov", float(test.statistic), float(test.pvalue))
