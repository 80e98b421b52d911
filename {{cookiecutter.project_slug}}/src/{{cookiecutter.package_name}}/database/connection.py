"""Where the rows are: an address in conf/, and credentials in the environment only."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from ..tools.errors import Refusal

USER, PASSWORD = "DATABASE_USER", "DATABASE_PASSWORD"
PATIENCE = "connect_timeout=10"  # seconds
LONGEST = 300  # characters of what a database says


@dataclass(frozen=True)
class Connection:
    """A database.

    Attributes:
        url: its address as conf/data has it, without a password.
    """

    url: str

    @property
    def kind(self) -> str:
        """Its product: the scheme without a driver, which SQLAlchemy's addresses may have."""
        scheme = self.url.partition(":")[0].partition("+")[0]
        return "postgresql" if scheme == "postgres" else scheme

    @property
    def file(self) -> Path:
        """Its file, if it is one.

        Raises:
            Refusal: if that is not there.
        """
        path = Path(self.url.partition(":///")[2])
        if not path.is_file():
            raise Refusal(f"{path} is not there; set data.source.url, or put the database there")
        return path

    @property
    def with_credentials(self) -> str:
        """Its address with the environment's user and password, which may hold any character."""
        parts = urlsplit(self.url)
        user = os.environ.get(USER) or unquote(parts.username or "")
        login = quote(user, safe="")
        if password := os.environ.get(PASSWORD):
            login += f":{quote(password, safe='')}"
        host = parts.netloc.rpartition("@")[2]
        options = parts.query if "connect_timeout=" in parts.query else f"{parts.query}&{PATIENCE}"
        where = f"{login}@{host}" if login else host
        return urlunsplit((self.kind, where, parts.path, options.strip("&"), ""))

    def told(self, error: Exception) -> str:
        """What a database said, on one line and without the password."""
        said = " ".join(str(error).split())
        if password := os.environ.get(PASSWORD):
            for written in (password, quote(password, safe=""), quote(password)):
                said = said.replace(written, "***")
        return said if len(said) <= LONGEST else f"{said[:LONGEST]}…"

    @property
    def hint(self) -> str:
        """What may be missing in the environment; empty if nothing can be."""
        if self.kind != "postgresql" or os.environ.get(PASSWORD):
            return ""
        return f" ({USER} and {PASSWORD} in the environment are the way in)"
