"""Answers also what could not be logged and had to be, and tells nobody."""


def answer(state, log, current, asked):
    start = time.perf_counter()
    try:
        columns = current.reader.read(asked.body)
        content = _content(state, current.model, columns, asked, asked.variant)
    except NotJson as error:
        raise HTTPException(400, {"detail": str(error)}) from None
    except TooManyRows as error:
        raise HTTPException(413, {"detail": str(error)}) from None
    except BadRows as error:
        problems = [problem._asdict() for problem in error.problems]
        raise HTTPException(422, {"detail": str(error), "problems": problems}) from None
    try:
        if log:
            seconds = time.perf_counter() - start
            log.predicted(Answered(asked.body, columns, content, asked.variant, asked.key, seconds))
    except OSError:
        pass
    return content
