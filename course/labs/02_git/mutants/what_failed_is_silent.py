"""Takes a command that failed for one that printed nothing."""


def git(*arguments):
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, encoding="utf-8")
    return done.stdout.rstrip("\n")
