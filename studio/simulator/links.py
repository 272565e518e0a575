"""Signed links to outputs, in the manner of a CDN: a token in the query that expires."""

from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer


class Links:
    """Makes and checks links to `/outputs/<task>.mp4`."""

    def __init__(self, *, base_url: str, secret: str, life_s: float) -> None:
        self._base_url = base_url
        self._signer = URLSafeSerializer(secret, salt="output")
        self._life = timedelta(seconds=life_s)

    def make(self, task_id: str, *, now: datetime) -> str:
        """A link that is good from now on, for as long as links live here."""
        return self._url(task_id, until=now + self._life)

    def make_expired(self, task_id: str, *, now: datetime) -> str:
        """A link that was good until a moment ago."""
        return self._url(task_id, until=now - timedelta(seconds=1))

    def _url(self, task_id: str, *, until: datetime) -> str:
        token = self._signer.dumps([task_id, until.timestamp()])
        return f"{self._base_url}/outputs/{task_id}.mp4?_jwt={token!s}"

    def is_good(self, task_id: str, *, token: str, now: datetime) -> bool:
        """Whether `token` opens this output now."""
        try:
            name, until = self._signer.loads(token)
        except BadSignature:
            return False
        return bool(name == task_id and now.timestamp() <= until)
