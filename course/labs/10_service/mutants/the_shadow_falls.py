"""Fails with the model in the shadow."""


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
    contents = [(asked.variant, content)]
    if state.shadow:
        beside = asked._replace(number=f"{asked.number}.{SHADOW}", quickly=False)
        contents.append((SHADOW, _content(state, state.shadow.model, columns, beside, SHADOW)))
    if log:
        seconds = time.perf_counter() - start
        try:
            for variant, text in contents:
                log.predicted(Answered(asked.body, columns, text, variant, asked.key, seconds))
        except OSError as error:
            state.metrics.not_logged("prediction", asked.number, error)
            if log.required:
                raise HTTPException(503, "not logged", headers={"Retry-After": "5"}) from None
    return content
