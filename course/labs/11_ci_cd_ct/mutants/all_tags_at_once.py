"""Pushes all tags at once, for which GitHub starts nothing."""


def push(cfg):
    if REMOTE not in git("remote").splitlines():
        raise Refusal("Git has no remote")
    found = registry(cfg)
    dvc("push")
    to = remote()
    for commit in found.commits().values():
        push_of(commit, CANDIDATE.as_posix(), to)
    git("push", "--quiet", "--set-upstream", REMOTE, git("branch", "--show-current"))
    there = {line.split("\t")[1] for line in git("ls-remote", "--tags", REMOTE).splitlines()}
    if new := [tag for tag in found.tags() if tag not in there]:
        git("push", "--quiet", REMOTE, *new)
