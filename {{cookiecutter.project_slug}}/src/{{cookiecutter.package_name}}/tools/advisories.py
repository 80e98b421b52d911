"""`make audit-packages`: known holes in the installed packages, where their advisories can be read.

Advisories come over a network that not every machine has, and a mirror of packages may have none.
So the first line says how many packages were looked up.
"""

import json
import subprocess
import sys
from typing import Any

COMMAND = ("pip-audit", "--local", "--progress-spinner=off", "--timeout=10", "--format=json")
EDITABLE = "editable"  # in the reason why pip-audit leaves out the repository's own package


def audit() -> int:
    """Print what is known; return the exit code, which is 1 if a hole is."""
    done = subprocess.run([*COMMAND, "--skip-editable"], capture_output=True, text=True)
    try:
        content: Any = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        why = (done.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]
        print(f"Nothing was looked up: no advisories can be read from here ({why})")
        return 0
    packages = [one for one in content if EDITABLE not in one.get("skip_reason", "")]
    known = [one for one in packages if "vulns" in one]
    if not known:
        print(
            f"Nothing was looked up: of none of the {len(packages)} installed packages can "
            "advisories be read from here"
        )
        return 0
    holes = [(one, hole) for one in known for hole in one["vulns"]]
    print(f"{len(known)} of {len(packages)} installed packages were looked up: {len(holes)} holes")
    for one, hole in holes:
        names = ", ".join([hole["id"], *hole.get("aliases", ())])
        mended = ", ".join(hole.get("fix_versions", ())) or "no version yet"
        print(f"  {one['name']} {one['version']}: {names}; mended in {mended}")
    if left_out := [one["name"] for one in packages if one not in known]:
        print(f"Not looked up: {', '.join(left_out)}")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(audit())
