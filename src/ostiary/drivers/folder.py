"""The data folder of dev mode: database, inbox, master key and certificate, readable by their owner alone."""

import secrets
from base64 import urlsafe_b64encode
from pathlib import Path

from .listeners import Certificate


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.inbox = path / "inbox.sqlite3"
        self.authority = path / "tls" / "ca.pem"
        self._master_key = path / "master.key"
        self._public_url = path / "public_url"

    def make(self) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def has_master_key(self) -> bool:
        return self._master_key.exists()

    @property
    def public_url(self) -> str | None:
        """Of the server that was last started on this folder."""
        if not self._public_url.exists():
            return None
        return self._public_url.read_text(encoding="ascii").strip()

    def keep_public_url(self, url: str) -> None:
        """For commands beside the server: their links lead to its port."""
        self._public_url.write_text(f"{url}\n", encoding="ascii")

    def master_key(self) -> str:
        """The key everything is sealed under, as base64url; made at the first start."""
        path = self._master_key
        if not path.exists():
            _write_private(path, urlsafe_b64encode(secrets.token_bytes(32)) + b"\n")
        return path.read_text(encoding="ascii").strip()

    def certificate(self, *names: str) -> Certificate:
        """A certificate for these names under an authority of this folder's own; kept once made."""
        chain, key = self.path / "tls" / "server.pem", self.path / "tls" / "server.key"
        if not (chain.exists() and key.exists() and self.authority.exists()):
            import trustme

            chain.parent.mkdir(mode=0o700, exist_ok=True)
            authority = trustme.CA(organization_name="Ostiary, development only")
            issued = authority.issue_cert(*names)
            self.authority.write_bytes(authority.cert_pem.bytes())
            chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
            _write_private(key, issued.private_key_pem.bytes())
        return Certificate(chain, key)


def _write_private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(content)
