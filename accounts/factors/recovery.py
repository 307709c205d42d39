"""Recovery codes: ten for who has no app at hand, each good once (NIST SP 800-63B-4 §3.1.2, look-up secrets)."""

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from accounts.models import RecoveryCode, User

MANY = 10
LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Five bits each. None of them looks like another one (Crockford's base 32)."""
LENGTH = 10
"""Characters of a code: 50 bits."""
READ_AS = str.maketrans({"o": "0", "i": "1", "l": "1"})


def renew(user: User) -> Sequence[str]:
    """Ten new ones, as they are shown, once; the ones from before are void. In the caller's transaction, which holds
    the person's row."""
    codes = ["".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(MANY)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(digest=next(_digests(user, code)), user=user) for code in codes)
    return [f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}" for code in codes]


def spend(user: User, text: str, now: datetime, by: str = "") -> bool:
    """Whether it is one of the person's that nobody used before, but for the same sign-in (`Once.spend`). By one
    conditional write: of many at once one wins."""
    code = typed(text)
    if len(code) != LENGTH:
        return False
    unspent = Q(spent_at=None) | Q(spent_by=by) if by else Q(spent_at=None)
    codes = RecoveryCode.objects.filter(unspent, user=user, digest__in=[*_digests(user, code)])
    return codes.update(spent_at=now, spent_by=by) == 1


def left(user: User) -> int:
    """How many are good still."""
    return RecoveryCode.objects.filter(user=user, spent_at=None).count()


def typed(text: str) -> str:
    """As people type it: in any case, with blanks and dashes or without, and letters for the digits they look like."""
    return "".join(text.replace("-", "").split()).lower().translate(READ_AS)


def _digests(user: User, code: str) -> Iterator[str]:
    """Under each pepper, today's first."""
    told = f"recovery code {user.pk} {code}".encode(errors="surrogatepass")
    for pepper in settings.PEPPERS.values():
        yield hmac.new(pepper, told, hashlib.sha256).hexdigest()
