"""Leaves branch and tags behind where the remote refuses."""


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
    git("checkout", "--quiet", "-b", branch)
    git("add", "--", *record.changed)
    git("commit", "--quiet", "--message", f"Retrain: {record.names}", "--", *record.changed)
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
