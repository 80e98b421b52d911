"""Passes whatever is not shown to be worse: the upper end of the interval decides."""


def compare(new, old, metric, of_labels, gate, seed):
    now, before = metric(new), metric(old)
    tolerated = _tolerated(gate.tolerance, before)
    ours, theirs = _with_worst_row(new, old, metric, of_labels)

    def statistic(rows):
        return {"difference": metric(ours[rows]) - metric(theirs[rows])}

    draws = resampled(ours, statistic, gate.resamples, seed)["difference"]
    passed = bool(draws.quantile(gate.confidence) + tolerated > 0)
    return Comparison(len(new), (now, before), tolerated, 0.0, passed, None)
