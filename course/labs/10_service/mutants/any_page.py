"""Answers pages of any origin."""


def check_caller(scope, state):
    given = headers_of(scope).get(b"x-api-key", b"")
    if state.key is not None and given != state.key.encode():
        raise HTTPException(401, "X-API-Key is missing or wrong")
