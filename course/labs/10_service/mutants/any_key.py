"""Takes any key for the right one."""


def check_caller(scope, state):
    headers = headers_of(scope)
    origin = headers.get(b"origin")
    foreign = origin and origin.partition(b"://")[2] != headers.get(b"host")
    if foreign and scope["method"] == "POST" and not _is_allowed(origin, state):
        raise HTTPException(403, "not from here")
    if state.key is not None and b"x-api-key" not in headers:
        raise HTTPException(401, "X-API-Key is missing")
