"""Signed links to outputs, in the manner of a CDN: a token in the query that expires."""

from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer


class Links:
    """Makes and checks links to `/outputs/<name>`, where a name is a task and what its file ends on."""

    def __init__(self, *, base_url: str, secret: str, life_s: float) -> None:
        self._base_url = base_url
        self._signer = URLSafeSerializer(secret, salt="output")
        self._life = timedelta(seconds=life_s)

    def make(self, name: str, *, now: datetime) -> str:
        """A link that is good from now on, for as long as links live here."""
        return self._url(name, until=now + self._life)

    def make_expired(self, name: str, *, now: datetime) -> str:
        """A link that was good until a moment ago."""
        return self._url(name, until=now - timedelta(seconds=1))

    def _url(self, name: str, *, until: datetime) -> str:
        token = self._signer.dumps([name, until.timestamp()])
        return f"{self._base_url}/outputs/{name}?_jwt={token!s}"

    def is_good(self, name: str, *, token: str, now: datetime) -> bool:
        """Whether `token` opens this output now."""
        try:
            signed, until = self._signer.loads(token)
        except BadSignature:
            return False
        return bool(signed == name and now.timestamp() <= until)
