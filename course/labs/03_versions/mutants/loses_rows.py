"""Replaces whatever is not what the pointer names, also rows that exist nowhere else."""


def _is_to_come(path, pointer):
    with Repo() as repo:
        (out,) = repo.stage.collect(pointer.as_posix())[0].outs
        return not out.exists or out.changed_checksum()
