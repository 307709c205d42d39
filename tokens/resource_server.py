"""django-oauth-toolkit's resource-server side, reading our tokens (RFC 6750, RFC 9068 §4; docs/resource-servers.md)."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider import oauth2_backends, oauth2_validators
from oauth2_provider.models import AbstractAccessToken

from accounts import claims
from accounts.ground import clock
from tokens.conf import conf
from tokens.endpoint import refusals
from tokens.endpoint.failures import bearer_failure
from tokens.protocol.errors import InsufficientScope, InvalidToken, OAuthError
from tokens.protocol.reasons import refusal
from tokens.protocol.records import NO_KEY
from tokens.protocol.resources import canonical
from tokens.verifier import VerifiedAccessToken, may_use, read_access_token

Person = AbstractBaseUser | AnonymousUser
View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class AcceptedAccessToken:
    """A good token of ours, with what django-oauth-toolkit asks of one. There need be no row of it."""

    client_id: str
    user: Person
    """AnonymousUser where nobody signed in: the client acts for itself."""
    scope: str
    resource: tuple[str, ...]
    expires: datetime
    claims: Mapping[str, Any]

    # django-oauth-toolkit asks it whether the client may be used: our journal was asked before.
    application: ClassVar[None] = None

    is_valid = AbstractAccessToken.is_valid
    is_expired = AbstractAccessToken.is_expired
    allow_scopes = AbstractAccessToken.allow_scopes
    allows_audience = AbstractAccessToken.allows_audience

    @property
    def scopes(self) -> dict[str, str]:
        """Names with descriptions, in django-oauth-toolkit's words; we have none."""
        return dict.fromkeys(self.scope.split(), "")


class OAuth2Validator(oauth2_validators.OAuth2Validator):
    """Reads every access token through `tokens.verifier`; an ID token or a refresh token is none."""

    def _load_access_token(self, token: str) -> AcceptedAccessToken | None:
        verified = read_access_token(token, clock.now())
        # django-oauth-toolkit would take an empty audience for everybody's.
        if verified is None or not verified.audience:
            return None
        # It shows us the token and nothing else.
        if not verified.is_shown_by("Bearer", NO_KEY):
            return None
        if verified.authorization is not None and not may_use(verified.client, verified.authorization.subject):
            return None
        user = _person(verified)
        return _access_token(verified, user) if user is not None else None


class OAuthLibCore(oauth2_backends.OAuthLibCore):
    """Hands on the Authorization header, and nothing else that the sender wrote: a broken query would be a 500, and a
    look for a token in the form would use up the body before the view reads it. Whom a token is meant for is said by a
    setting, not by the URL. What other schemes need of a request is to be taken here."""

    def _extract_params(self, request: HttpRequest) -> tuple[str, str | None, str, dict[str, str]]:
        return "/", request.method, "", {"Authorization": request.headers.get("Authorization", "")}


class AccessTokenBackend(BaseBackend):
    """For django-oauth-toolkit's OAuth2TokenMiddleware, in place of its OAuth2Backend. This one takes no name and no
    password, so that the sign-in page never asks it: the other gives a session there to anybody who sends a token
    along."""

    def authenticate(self, request: HttpRequest) -> Person | None:  # type: ignore[override]  # that is its point
        valid, judged = _judge(request, ())
        return judged.user if valid else None


def is_meant_for_us(request_uri: str, audience: Collection[str]) -> bool:
    """RFC 9068 §4: django-oauth-toolkit's RESOURCE_SERVER_TOKEN_RESOURCE_VALIDATOR."""
    ours = {canonical(each) for each in conf().resource or (settings.ISSUER,)}
    return not ours.isdisjoint(map(canonical, audience))


def protected_resource(scopes: Collection[str] = ()) -> Callable[[View], View]:
    """Lets no request into a view but one with an access token that is meant for us and has all of `scopes`.

    The view finds the token as `request.access_token` and its person as `request.user`, not that of a session the
    browser may have. No session counts, so neither does CSRF.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def protected(request: Any, *args: Any, **kwargs: Any) -> Any:
            valid, judged = _judge(request, scopes)
            if valid:
                request.user, request.access_token = judged.user, judged.access_token
            answer = view(request, *args, **kwargs) if valid else _refuse(request, _refusal(judged))
            if isinstance(answer, HttpResponseBase):  # Ninja's views return what becomes one
                patch_vary_headers(answer, ["Authorization"])
            return answer

        return csrf_exempt(protected)

    return decorate


def _judge(request: HttpRequest, scopes: Collection[str]) -> tuple[bool, Any]:
    """Whether django-oauth-toolkit lets the request in, and its own request with what it found out."""
    core = oauth2_backends.get_oauthlib_core()  # type: ignore[no-untyped-call]  # it has no types
    judged: tuple[bool, Any] = core.verify_request(request, list(scopes))
    return judged


def _person(verified: VerifiedAccessToken) -> Person | None:
    if verified.authorization is None:
        return AnonymousUser()
    return claims.person(verified.authorization.subject)


def _access_token(verified: VerifiedAccessToken, user: Person) -> AcceptedAccessToken:
    return AcceptedAccessToken(
        client_id=verified.client_id,
        user=user,
        scope=" ".join(verified.scope),
        resource=verified.audience,
        expires=datetime.fromtimestamp(verified.claims["exp"], UTC),
        claims=verified.claims,
    )


def _refuse(request: HttpRequest, error: OAuthError) -> HttpResponse:
    refusals.log(request, error)
    return bearer_failure(request, error)


def _refusal(judged: Any) -> OAuthError:
    """What django-oauth-toolkit found wrong, as RFC 6750 §3.1 has it."""
    if judged is None:  # its answer to a token in the query, and to nothing else
        return refusal("access_token_in_url")
    found = getattr(judged, "oauth2_error", None)
    if found is None:
        return refusal("access_token_missing")
    error = InsufficientScope if found["error"] == InsufficientScope.error else InvalidToken
    return error(str(found.get("error_description", "")))
