"""The log of predictions, as the service writes it: a line a request, before its answer is sent."""

import hashlib
import hmac
import logging
import os
import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    PositiveFloat,
    PositiveInt,
    ValidationInfo,
    field_validator,
)
from pydantic_core import to_json

from ..serving.log import Answered
from .log_file import LogFile
from .request_ids import RequestIds, keep_key, kept_key

SALT = "LOG_SALT"  # the environment variable with the secret that hashes are keyed by

log = logging.getLogger(__name__)


class Options(BaseModel):
    """See `log` in conf/monitoring/default.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: str | None = None
    required: bool = False
    max_bytes: PositiveInt = 50_000_000
    keep_bytes: PositiveInt = 1_000_000_000
    keep_days: PositiveFloat | None = 90
    drop: tuple[str, ...] = ()
    hash: tuple[str, ...] = ()

    @field_validator("required")
    @classmethod
    def _has_folder(cls, required: bool, others: ValidationInfo) -> bool:
        if required and others.data.get("folder") is None:
            raise ValueError("should be false where folder is null")
        return required

    @field_validator("keep_bytes")
    @classmethod
    def _holds_a_file(cls, keep_bytes: int, others: ValidationInfo) -> int:
        if keep_bytes < others.data.get("max_bytes", 0):
            raise ValueError("should be at least max_bytes, which is of one file")
        return keep_bytes


class Journal:
    """The log of one process.

    Args:
        options: where, how much, and which columns are left out or hashed.

    Raises:
        OSError: if the log is required and its folder can't be written.
    """

    def __init__(self, options: Options) -> None:
        assert options.folder is not None
        self.options = options
        self.folder = Path(options.folder)
        self.is_private = bool(options.drop or options.hash)
        self._salt = os.environ.get(SALT, "").encode()
        key = self._salt or self._key()
        self.ids = RequestIds(key)
        self._file = LogFile(
            self.folder,
            options.max_bytes,
            options.keep_bytes,
            options.keep_days,
            prepare=partial(self.folder.mkdir, parents=True, exist_ok=True)
            if self._salt
            else partial(keep_key, self.folder, key),
        )

    def predicted(self, answered: Answered) -> None:
        """Write what was asked and answered.

        Raises:
            OSError: if the disk takes no more.
        """
        # What came may be in several lines, of which a break never belongs to a value.
        asked = (
            self._private(answered.columns)
            if self.is_private
            else answered.body.translate(_ONE_LINE)
        )
        about = {"variant": answered.variant, "key": answered.key, "seconds": answered.seconds}
        fields = (to_json(about)[1:-1], asked, answered.content)
        self._file.append(b'%b,"asked":%b,"answered":%b}' % fields)

    def outcomes(self, feedback: Sequence[Mapping[str, Any]]) -> None:
        """Write what turned out to be true: dicts of id, actual and perhaps correction.

        Raises:
            OSError: if the disk takes no more.
        """
        self._file.append(b'"feedback":%b}' % to_json(feedback))

    def close(self) -> None:
        """End the file."""
        self._file.close()

    def _key(self) -> bytes:
        try:
            return kept_key(self.folder)
        except OSError as error:
            if self.options.required:
                raise
            log.error("the folder of the log can't be written: %s", error)
            return secrets.token_bytes(32)

    def _private(self, columns: Mapping[str, Sequence[Any]]) -> bytes:
        kept = {
            name: [self._hashed(value) for value in values] if name in self.options.hash else values
            for name, values in columns.items()
            if name not in self.options.drop
        }
        rows = [dict(zip(kept, row, strict=True)) for row in zip(*kept.values(), strict=True)]
        return to_json(rows)

    def _hashed(self, value: Any) -> str | None:
        if value is None:
            return None
        return hmac.new(self._salt, str(value).encode(), hashlib.sha256).hexdigest()[:16]


_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")
