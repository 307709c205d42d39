"""The pages of accounts that other applications lead people to, and the mark of those on the way to a client. Which
clients there are is not known here."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.site.security_headers import form_may_leave, keeps_opener

View = Callable[..., HttpResponseBase]


FOLLOWING = "next"
"""The parameter of our pages that says where a person goes on afterwards."""
OVER = "over"
"""The parameter of the sign-in page by which it says that a sign-in ended meanwhile."""


BY_PASSKEY = "by_passkey"
"""The parameter of pages that ask for more by which they take nothing but a passkey."""
OWN = "own"
"""The parameter of the page of the second factor by which a page of ours says that no client waits, whom a person could
go back to without."""


def page_url(page: str, following: str, **parameters: str) -> str:
    """The address of a page of ours, by its name. `following`: where the person goes on afterwards; empty where nothing
    says so."""
    query = urlencode(parameters | ({FOLLOWING: following} if following else {}))
    return f"{reverse(page)}?{query}" if query else reverse(page)


def sign_in_url(following: str, *, reauthenticate: bool, over: bool = False) -> str:
    """The sign-in page, or for a person who is signed in the page that asks for their password again. `following`: the
    path where they go afterwards. `over`: they were signed in, and are told that they are not any more."""
    page = reverse("reauthenticate" if reauthenticate else "sign_in")
    return f"{page}?{urlencode({FOLLOWING: following} | ({OVER: '1'} if over else {}))}"


def passkey_url(following: str) -> str:
    """The page that asks who is signed in for their passkey: their password is not enough for what is to be done."""
    return f"{reverse('reauthenticate')}?{urlencode({FOLLOWING: following, BY_PASSKEY: '1'})}"


def step_up_url(following: str, *, by_passkey: bool = False, own: bool = False) -> str:
    """The page that asks who is signed in for their second factor, or leads to where one is added. `by_passkey`: for a
    passkey. `own`: for a page of ours, which nobody sees without."""
    asked = ({BY_PASSKEY: "1"} if by_passkey else {}) | ({OWN: "1"} if own else {})
    return page_url("step_up", following, **asked)


def sign_up_url(following: str) -> str:
    """The page where somebody makes an account for themselves, where that is open."""
    return page_url("sign_up", following)


def following(request: HttpRequest) -> str:
    """Where the person goes on afterwards; empty where nothing says so, or what is none of our paths. No host, not even
    ours, so that no spelling of one can slip through."""
    url = request.POST.get(FOLLOWING) or request.GET.get(FOLLOWING) or ""
    is_ours = url.startswith("/") and url.isprintable() and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if is_ours else ""


def home_url() -> str:
    return reverse("home")


def onward_url(request: HttpRequest) -> str:
    """Where a page leads once it is done: to `following`, or home."""
    return following(request) or home_url()


def sign_in_page(view: View, *, stands_alone: bool = False) -> View:
    """Marks a page that may stand between a client and its answer: it names the client that waits (`show_client`), and
    its form may end there. `stands_alone`: what one does there counts, also where the client waits no more."""

    @wraps(view)
    def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        form_may_leave(response)
        return response

    marked.is_sign_in_page, marked.stands_alone = True, stands_alone  # type: ignore[attr-defined]  # read below
    return keeps_opener(marked)


def is_sign_in_page(request: HttpRequest) -> bool:
    """Whether the request is answered by a page that is marked so."""
    return _is_marked(request, "is_sign_in_page")


def stands_alone(request: HttpRequest) -> bool:
    """Whether it is one of those where what one does counts, also where the client waits no more."""
    return _is_marked(request, "stands_alone")


def _is_marked(request: HttpRequest, mark: str) -> bool:
    match = request.resolver_match
    return match is not None and getattr(match.func, mark, False)


def show_client(
    response: SimpleTemplateResponse,
    client: Mapping[str, Any],
    login: str,
    *,
    another: str,
    not_you: str,
    may_skip: bool,
) -> None:
    """Shows on a sign-in page the client that waits, by its `client_name`, `client_logo` and the like, and fills in the
    name that it expects, unless the person typed one. `another`: the name that it expects where somebody else is signed
    in; `not_you`: where somebody else goes on with the same. `may_skip`: it only wishes for what the page asks, and
    goes on without."""
    context = response.context_data
    if context is None:
        return
    context |= {**client, "expected": another, "not_you": not_you, "may_skip": may_skip}
    form = context.get("form")
    for field in ("login", "address"):
        if form is not None and field in form.fields:
            form.initial.setdefault(field, login)
