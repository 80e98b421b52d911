"""`make rollback`: back to the production model before this one."""

from omegaconf import DictConfig

from ..tools.command import command
from ..tools.errors import Refusal
from .base import PRODUCTION, in_stage, put_into_production, registry


def rollback(cfg: DictConfig) -> None:
    """Promote the version that was in production before the present one first was.

    With `+of=`, only if that one is in production.
    """
    found = registry(cfg)
    present, served = in_stage(found, PRODUCTION), found.served()
    if present is None:
        raise Refusal("nothing is in production; run `make promote`")
    if (of := cfg.get("of", present)) != present:
        raise Refusal(f"{of} is not in production, {present} is; nothing was changed")
    earlier = served[: served.index(present)]
    if not earlier:
        raise Refusal(f"{present} is the first production model; there is none before it")
    put_into_production(found, earlier[-1])
    print(f"{cfg.name} {earlier[-1]} is in production again, {present} is archived")
    print("Next: make push")


main = command(rollback, options=("of",))

if __name__ == "__main__":
    main()
