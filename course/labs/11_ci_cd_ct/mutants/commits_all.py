"""Commits whatever has changed, also what is none of the run's."""


def propose(cfg):
    record = Record.load()
    if record.outcome != "candidate":
        raise Refusal("no candidate")
    branch = f"retraining/{record.candidate[:7]}"
    has_origin = REMOTE in git("remote").splitlines()
    where = ["ls-remote", REMOTE] if has_origin else ["for-each-ref"]
    if git(*where, f"refs/heads/{branch}"):
        return
    _check(record)
    _check_identity()
    found = registry(cfg)
    with _taken_back_if_it_fails(branch):
        git("checkout", "--quiet", "-b", branch)
        git("add", "--all")
        git("commit", "--quiet", "--message", f"Retrain: {record.names}")
        dvc("push")
        former = _tags()
        if cfg.retraining.promote:
            version = found.register(CANDIDATE)
            put_into_production(found, version)
        else:
            version = registered(found)
        if has_origin:
            git("push", "--quiet", "--atomic", REMOTE, branch, *(_tags() - former))
    promoted = str(stage_of(found, version) == PRODUCTION).lower()
    tell_github(branch=branch, version=version, promoted=promoted)
