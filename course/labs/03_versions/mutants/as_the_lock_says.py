"""Compares files with the lock that is here, and not with the commit's."""


def refuse_other_files(commit, *paths):
    with Repo() as repo:
        outs = {Path(out.fspath).resolve(): out for out in repo.index.outs}
        for path in paths:
            out = outs.get(path.resolve())
            if out is None or not out.exists or out.get_hash().value != out.hash_info.value:
                raise Refusal(f"{path.as_posix()} is not what dvc.lock names")
