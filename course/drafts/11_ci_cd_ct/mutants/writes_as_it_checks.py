"""Mends params.yaml while it checks, so that a second look finds nothing."""


def compose_params(arguments):
    try:
        cfg = composed()
        check_targets(cfg)
    except (Refusal, HydraException, OmegaConfBaseException) as error:
        print(f"Refused: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    text = OmegaConf.to_yaml(cfg)
    same = PARAMS.exists() and PARAMS.read_text(encoding="utf-8") == text
    write_text(PARAMS, text)
    return int("--check" in arguments and not same)
