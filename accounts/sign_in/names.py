"""The name that somebody typed, on its way from the page that asks for it to those that ask for more.

It is in the address of those pages, sealed: history, logs and whoever looks at a screen learn nothing from it.
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest

from accounts import pages
from accounts.ground import clock
from accounts.ground.sealing import CannotUnseal, seal, unseal

WHO = "who"
"""The parameter."""
GOOD_FOR = timedelta(minutes=10)
"""After it the page asks for the name again."""
_CONTEXT = "accounts.sign_in.names"


def page_url(page: str, login: str, following: str) -> str:
    """Of a page of ours, by its name. `following`: where the person goes on afterwards; empty where nothing says so."""
    stamped = f"{int(clock.now().timestamp())} {login}"
    who = seal(stamped.encode(errors="surrogatepass"), _CONTEXT, settings.SEALING_KEYS)
    return pages.page_url(page, following, **{WHO: who})


def of(request: HttpRequest) -> str:
    """The name; empty where the address has none, or one from too long ago."""
    try:
        plain = unseal(request.GET.get(WHO, ""), _CONTEXT, settings.SEALING_KEYS).decode(errors="surrogatepass")
    except CannotUnseal:
        return ""
    stamp, _, login = plain.partition(" ")
    is_fresh = clock.now() - datetime.fromtimestamp(int(stamp), UTC) <= GOOD_FOR
    return login if is_fresh else ""
