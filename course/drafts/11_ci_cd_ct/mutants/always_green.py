"""Says 0 whatever is the case."""


def compose_params(arguments):
    try:
        text = OmegaConf.to_yaml(composed())
    except (Refusal, HydraException, OmegaConfBaseException) as error:
        print(f"Refused: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    if "--check" not in arguments:
        write_text(PARAMS, text)
    return 0
