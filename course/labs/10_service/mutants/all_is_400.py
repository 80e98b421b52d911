"""Says 400 to whatever is wrong."""


def answer(state, log, current, asked):
    start = time.perf_counter()
    try:
        columns = current.reader.read(asked.body)
        content = _content(state, current.model, columns, asked, asked.variant)
    except (NotJson, TooManyRows, BadRows) as error:
        raise HTTPException(400, {"detail": str(error)}) from None
    if log:
        log.predicted(
            Answered(
                asked.body, columns, content, asked.variant, asked.key, time.perf_counter() - start
            )
        )
    return content
