"""Second factors: whether their secrets can be opened with today's SECRET_KEY."""

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken

from accounts.sealing import unseal
from studio.management.checkup.findings import Verdict, fail, ok

MEND = "No code of theirs fits. Add the former SECRET_KEY to SECRET_KEY_FALLBACKS, or remove them (docs/sign-in.md)."
SEALED = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}
"""Where the sealed text stands. Passkeys have nothing to hide."""


def check_second_factors() -> Verdict:
    """Whether authenticator apps and recovery codes let anybody in. No secret is ever shown."""
    rows = Authenticator.objects.filter(type__in=SEALED).values_list("user", "type", "data")
    lost = [user for user, kind, data in rows.iterator() if not _opens(data.get(SEALED[Authenticator.Type(kind)], ""))]
    if not lost:
        return ok("Every second factor can be opened.")
    return fail(f"Second factors that cannot be opened: {len(lost):,}, of {len(set(lost)):,} people. {MEND}")


def _opens(sealed: str) -> bool:
    try:
        unseal(sealed)
    except InvalidToken:
        return False
    return True
