"""Draws other rows for each model, so that small differences drown."""


def compare(new, old, metric, of_labels, gate, seed):
    now, before = metric(new), metric(old)
    tolerated = _tolerated(gate.tolerance, before)
    if _are_equal(new, old):
        return Comparison(len(new), (now, before), tolerated, 0.0, True, None)
    ours, theirs = _with_worst_row(new, old, metric, of_labels)
    one = resampled(ours, lambda rows: {"s": metric(ours[rows])}, gate.resamples, seed)["s"]
    two = resampled(theirs, lambda rows: {"s": metric(theirs[rows])}, gate.resamples, seed + 1)["s"]
    lowest = (one - two).quantile(1 - gate.confidence)
    return Comparison(
        len(new), (now, before), tolerated, lowest, bool(lowest + tolerated > 0), None
    )
