"""What `doctor` sees of the service that knows passwords of breaches."""

from collections.abc import Iterator

from accounts.conf import conf
from accounts.ground.fetching import FetchFailed
from accounts.sign_in.breached import is_known
from idp.node.finding import Finding, Size

TRIED = "password"
"""What every such service knows."""
REMEDY = (
    "check IDP_ACCOUNTS_BREACHED_PASSWORDS_URL, and whether it may be called from here: passwords are taken without it"
)


def breached(size: Size) -> Iterator[Finding]:
    url = conf().breached_passwords_url
    if url is None:
        yield Finding("ok", "nobody is asked: IDP_ACCOUNTS_BREACHED_PASSWORDS_URL is not set")
        return
    try:
        known = is_known(url, TRIED)
    except FetchFailed as failure:
        yield Finding("warning", f"{url}: {failure}", REMEDY)
        return
    yield Finding("ok", f"{url} answers") if known else Finding("warning", f"{url} does not know {TRIED!r}", REMEDY)
