"""Reads the lock that is in the folder, whatever commit is asked for."""


def recorded(commit):
    if not LOCK.exists():
        return {}
    stages = yaml.safe_load(LOCK.read_text())["stages"].values()
    return {out["path"]: out["md5"] for stage in stages for out in stage.get("outs", [])}
