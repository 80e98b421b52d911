"""Runs Git by a shell, which takes arguments for commands."""


def git(*arguments):
    words = ["sh", "-c", "git " + " ".join(arguments)]
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise Refusal(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout.rstrip("\n")
