"""Splits rows at random, whatever they belong to."""


def split_rows(table, target, options, seed):
    if options.kind in ("group", "time", "predefined") and options.column not in table:
        raise Refusal(f"there is no column {options.column!r}")
    if options.kind not in KINDS:
        raise Refusal(f"there is no kind {options.kind!r}")
    rows = np.arange(len(table))
    train, test = train_test_split(rows, test_size=options.test_size, random_state=seed)
    return table.iloc[np.sort(train)], table.iloc[np.sort(test)]
