"""Strips Git's answers on both sides."""


def git(*arguments):
    try:
        done = subprocess.run(
            ["git", *arguments], capture_output=True, text=True, encoding="utf-8", check=True
        )
    except FileNotFoundError:
        raise Refusal("there is no Git") from None
    except subprocess.CalledProcessError as error:
        raise Refusal(f"git {arguments[0]}: {error.stderr.strip()}") from None
    return done.stdout.strip()
