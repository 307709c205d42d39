"""A client tried from its page: a preview of what a person would get, which issues nothing, and a test sign-in as
oneself, whose tokens are shown as claims and revoked."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.ground import clock
from tokens.admin import preview
from tokens.admin.forms.trial import TrialForm
from tokens.admin.preview import Claims
from tokens.grants import redeem, token_request
from tokens.interaction import trial
from tokens.interaction.trial import Trial
from tokens.issuer import issue
from tokens.keys import signer
from tokens.protocol import id_token, journal
from tokens.protocol.client_metadata import AUTHORIZATION_CODE
from tokens.protocol.errors import AccessDenied, OAuthError
from tokens.protocol.records import NO_KEY, Authorization, Client, Issuance
from tokens.stores import store
from tokens.verifier import read_access_token

WHERE: Mapping[str, str | Promise] = {
    "id_token": gettext_lazy("ID token"),
    "access_token": gettext_lazy("Access token"),
    "userinfo": gettext_lazy("Userinfo"),
}
"""Fields of `Claims`, as the page calls them."""


def urls(model_admin: Any) -> list[URLPattern]:
    """The form, what its buttons send it to, and where a test sign-in ends."""
    pages = {
        "trial": require_safe(partial(_form_page, model_admin)),
        "preview": require_POST(partial(_preview_page, model_admin)),
        "preview_consent": require_POST(partial(_consent_page, model_admin)),
        "try": require_POST(partial(_begin, model_admin)),
        "tried": require_safe(partial(_tried_page, model_admin)),
    }
    return [
        path(
            f"<path:object_id>/trial/{'' if name == 'trial' else f'{name}/'}",
            model_admin.admin_site.admin_view(view),
            name=f"tokens_client_{name}",
        )
        for name, view in pages.items()
    ]


def url(page: str, client_id: str) -> str:
    return reverse(f"admin:tokens_client_{page}", args=[quote(client_id)])


def can_be_tried(client: Client) -> bool:
    """Whether people sign in at it."""
    return AUTHORIZATION_CODE in client.grant_types


def _form_page(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    client = _client(model_admin, request, object_id)
    return _page(model_admin, request, client, _form(request, client, None))


def _preview_page(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    client = _client(model_admin, request, object_id)
    form = _form(request, client, request.POST)
    if not form.is_valid():
        return _page(model_admin, request, client, form)
    try:
        judged = preview.requested(client, form.parameters)
        told = preview.claims_for(client, form.subject, judged, clock.now())
    except OAuthError as error:
        return _page(model_admin, request, client, form, refusal=error)
    return _page(model_admin, request, client, form, told=told)


def _consent_page(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """The page itself, as its person would see it, with buttons that do nothing."""
    client = _client(model_admin, request, object_id)
    form = _form(request, client, request.POST)
    if not form.is_valid():
        return _page(model_admin, request, client, form)
    try:
        judged = preview.requested(client, form.parameters)
        preview.check_person(client, form.subject)
    except OAuthError as error:
        return _page(model_admin, request, client, form, refusal=error)
    context = {**preview.consent(client, judged), "person": form.called, "back": url("trial", client.client_id)}
    return TemplateResponse(request, "tokens/consent.html", context)


def _begin(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    client = _client(model_admin, request, object_id)
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    form = _form(request, client, request.POST)
    form.fields.pop("person", None)
    if not form.is_valid():
        return _page(model_admin, request, client, form)
    return trial.begin(request, client.client_id, form.parameters, clock.now())


def _tried_page(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """The answer of a test sign-in, which only the session that began it is shown, once."""
    client = _client(model_admin, request, object_id)
    form = _form(request, client, None)
    tried = trial.ended(request, client.client_id, request.GET.dict())
    if tried is None:
        text = _("This answer belongs to no test sign-in that this session waits for. Start again.")
        return _page(model_admin, request, client, form, notice=text, status=400)
    try:
        told = _redeemed(client, tried, request.GET.dict(), clock.now())
    except OAuthError as error:
        return _page(model_admin, request, client, form, refusal=error)
    text = _("You signed in. What was issued is shown here and was revoked.")
    return _page(model_admin, request, client, form, told=told, notice=text)


def _redeemed(client: Client, tried: Trial, answer: Mapping[str, str], now: datetime) -> Claims:
    """What the code of the answer gives, as at the token endpoint; revoked before anybody sees it. Raises an
    OAuthError."""
    if "code" not in answer:
        raise _Refused(answer)
    form = {
        "grant_type": AUTHORIZATION_CODE,
        "code": answer["code"],
        "redirect_uri": trial.address(client.client_id),
        "code_verifier": tried.code_verifier,
    }
    request = token_request(form, NO_KEY)

    def work() -> tuple[Issuance, dict[str, object]]:
        issuance = redeem(request, client, now)
        return issuance, issue(issuance, client, now)

    issuance, tokens = store().in_unit(work)
    assert issuance.authorization is not None  # noqa: S101 - a code has one
    try:
        return _read(tokens, now)
    finally:
        _revoke(issuance.authorization)


def _read(tokens: Mapping[str, Any], now: datetime) -> Claims:
    """What the tokens say, read as those read them who get them."""
    access_token = read_access_token(tokens["access_token"], now)
    assert access_token is not None  # noqa: S101 - it was issued a moment ago
    said = signer().verify(tokens["id_token"], typ=id_token.TYP) if "id_token" in tokens else None
    return Claims(
        id_token=said, access_token=access_token.claims, userinfo=preview.userinfo(access_token) if said else None
    )


def _revoke(authorization: Authorization) -> None:
    store().journal.revoke(journal.authorization(authorization.id), authorization.expires)


class _Refused(OAuthError):
    """What the authorization endpoint answered in place of a code."""

    def __init__(self, answer: Mapping[str, str]) -> None:
        super().__init__(answer.get("error_description", ""))
        self.error = answer.get("error", AccessDenied.error)  # type: ignore[misc]  # the code that came


def _client(model_admin: Any, request: HttpRequest, object_id: str) -> Client:
    """The client, if the person may look at it and people sign in there. Raises Http404 and PermissionDenied."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    client = store().clients.get(unquote(object_id))
    if client is None or not can_be_tried(client):
        raise Http404
    return client


def _form(request: HttpRequest, client: Client, data: Any) -> TrialForm:
    return TrialForm(
        data,
        client,
        own_name=request.user.get_username(),
        own_subject=str(request.user.pk),
        may_see_people=request.user.has_perm("accounts.view_user"),
    )


def _page(
    model_admin: Any,
    request: HttpRequest,
    client: Client,
    form: TrialForm,
    *,
    told: Claims | None = None,
    refusal: OAuthError | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Try %(client)s") % {"client": client.client_name},
        "opts": model_admin.opts,
        "client": client,
        "form": form,
        "parts": [(label, _shown(getattr(told, name))) for name, label in WHERE.items()] if told else [],
        "refusal": refusal,
        "notice": notice,
        "may_try": model_admin.has_change_permission(request),
        "media": model_admin.media,
        "change_url": reverse("admin:tokens_client_change", args=[quote(client.client_id)]),
        **{f"{page}_url": url(page, client.client_id) for page in ("preview", "preview_consent", "try")},
    }
    return TemplateResponse(request, "admin/tokens/client/trial.html", context, status=422 if form.errors else status)


def _shown(claims: Mapping[str, Any] | None) -> str | None:
    return json.dumps(claims, indent=2, ensure_ascii=False) if claims is not None else None
