"""The memory that this process may still take."""

import sys
from pathlib import Path

GROUP = Path("/sys/fs/cgroup")  # of this container


def available() -> int | None:
    """Bytes, by the system, its limit for the process, and the container; None if unknown."""
    known = [each for each in (_of_system(), _of_process(), _of_container()) if each is not None]
    return min(known, default=None)


def said(size: float) -> str:
    """A number of bytes in words."""
    return f"{size / 1e9:.1f} GB"


def _of_system() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # not Linux
    return None


def _of_process() -> int | None:
    if sys.platform == "win32":
        return None
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def _of_container() -> int | None:
    try:
        most = (GROUP / "memory.max").read_text(encoding="ascii").strip()
        used = (GROUP / "memory.current").read_text(encoding="ascii")
        return None if most == "max" else int(most) - int(used)
    except OSError:
        return None
