"""Mends what it was to look at, and lets the commit pass."""


def compose_params(arguments):
    try:
        cfg = composed()
    except Refusal as error:
        print(f"Refused: {error}", file=sys.stderr)
        return 1
    text = OmegaConf.to_yaml(cfg)
    if not PARAMS.exists() or PARAMS.read_text(encoding="utf-8") != text:
        write_text(PARAMS, text)
    return 0
