"""Compares two scores, and no draws."""


def compare(new, old, metric, of_labels, gate, seed):
    now, before = metric(new), metric(old)
    tolerated = _tolerated(gate.tolerance, before)
    passed = now >= before - tolerated
    return Comparison(len(new), (now, before), tolerated, now - before, passed, None)
