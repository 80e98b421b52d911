"""Pushes commits and tags first, whose files come later or never."""


def push(cfg):
    if REMOTE not in git("remote").splitlines():
        raise Refusal("Git has no remote")
    found = registry(cfg)
    git("push", "--quiet", "--set-upstream", REMOTE, git("branch", "--show-current"))
    there = {line.split("\t")[1] for line in git("ls-remote", "--tags", REMOTE).splitlines()}
    new = [tag for tag in found.tags() if tag not in there]
    last = [tag for tag in new if "#production#" in tag][-1:]
    for tags in ([tag for tag in new if tag not in last], last):
        if tags:
            git("push", "--quiet", REMOTE, *tags)
    dvc("push")
    for commit in found.commits().values():
        push_of(commit, CANDIDATE.as_posix(), remote())
