"""System checks: what must hold between our settings and django-oauth-toolkit's (docs/decisions/0001). And whether this
node can sign."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib import admin
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from accounts.conf import conf as conf_of_people
from accounts.ground.sealing import unseal
from accounts.sessions import SignIns, sign_ins
from accounts.stores import base as people
from accounts.stores import store as store_of_people
from tokens.conf import conf, signing_algs
from tokens.grants import GRANTS
from tokens.keys import CannotUnseal, Signer, signer
from tokens.protocol import pkce
from tokens.protocol.authorization_request import RESPONSE_TYPES
from tokens.stores import ERRORS, store
from tokens.stores.base import Check, Store

if TYPE_CHECKING:
    from tokens.stores.dynamodb.publishing import Publisher

LIBRARY = "oauth2_provider"
MODELS = {
    "OAUTH2_PROVIDER_APPLICATION_MODEL": "tokens.Client",
    "OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL": "tokens.AccessToken",
    "OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL": "tokens.RefreshToken",
    "OAUTH2_PROVIDER_ID_TOKEN_MODEL": "tokens.IDToken",
    "OAUTH2_PROVIDER_GRANT_MODEL": "tokens.AuthorizationCode",
    "OAUTH2_PROVIDER_DEVICE_GRANT_MODEL": "tokens.DeviceCode",
}
SEAMS = {
    # On, it takes every JWT for an ID token of its own.
    "OIDC_ENABLED": None,
    "OAUTH2_VALIDATOR_CLASS": "tokens.resource_server.OAuth2Validator",
    "OAUTH2_BACKEND_CLASS": "tokens.resource_server.OAuthLibCore",
    "RESOURCE_SERVER_TOKEN_RESOURCE_VALIDATOR": "tokens.resource_server.is_meant_for_us",
    # It would ask another server about each token that we refuse, and write the answer into our table.
    "RESOURCE_SERVER_INTROSPECTION_URL": None,
}
TOO_WIDE = {
    "AUTHENTICATION_BACKENDS": (
        "oauth2_provider.backends.OAuth2Backend",
        "With it the sign-in page makes a session of any access token: see tokens.resource_server.AccessTokenBackend.",
    ),
    "MIDDLEWARE": (
        "oauth2_provider.middleware.OAuth2TokenMiddleware",
        "With it any access token, of any scope, opens the account pages: put it around views of your own.",
    ),
}
NAMED: Mapping[str, tuple[Callable[[], object], type]] = {
    "IDP_TOKENS_STORE": (store, Store),
    "IDP_TOKENS_SIGNER": (signer, Signer),
    "IDP_ACCOUNTS_SIGN_INS": (sign_ins, SignIns),
    "IDP_ACCOUNTS_STORE": (store_of_people, people.Store),
}
"""What settings name by dotted paths: how each is made, and what it has to be."""
Apps = Sequence[AppConfig] | None


def named_faults() -> Collection[str]:
    """A line for each setting whose dotted path leads to nothing that can be used. The store's parts are of the first.
    What is wrong with several of them for one reason is one line."""
    faults = (_fault(setting, *named) for setting, named in NAMED.items())
    return dict.fromkeys(fault for fault in faults if fault is not None)


def _fault(setting: str, make: Callable[[], object], kind: type) -> str | None:
    try:
        made = make()
    except ImproperlyConfigured as error:  # ours, which begins with the setting to mend
        return str(error)
    except Exception as error:  # other people's code: whatever it raises, it is a line
        text = " ".join(str(error).split())
        return f"{setting}: what it names cannot be used ({type(error).__name__}: {text})"
    if isinstance(made, kind):
        return None
    return f"{setting}: what it names answers a {type(made).__name__}, and it has to be a {kind.__name__}"


def needs_database() -> bool:
    """Whether programs' requests ask Django's database for more than people."""
    return store().needs_database


def store_checks() -> Mapping[str, Check]:
    """What a node needs of its stores, beside Django's database."""
    if conf().on_dynamodb or not conf_of_people().on_dynamodb:
        return store().checks
    # Here: who has another store need not read it.
    from tokens.stores.dynamodb.readiness import checks_of_the_service

    return {**store().checks, **checks_of_the_service()}


def note_fit(digest: str, expires: datetime) -> None:
    """A node of these settings fits its database, which is believed until then, as far as the store can remember it."""
    if (fits := store().fits) is not None:
        with suppress(*ERRORS):
            fits.note(digest, expires)


def has_fitted(digest: str, now: datetime) -> bool:
    """Whether one of these settings did, so that another one may start while the database is away."""
    fits = store().fits
    if fits is None:
        return False
    try:
        return fits.are_known(digest, now)
    except ERRORS:
        return False


def signing_fault() -> str | None:
    """Why this node cannot sign under every algorithm that it offers, if it cannot. One query."""
    keys = store().keys.all()
    active = {key.alg: key for key in keys if key.state == "active"}
    try:
        for key in active.values():
            unseal(key.private, key.kid, settings.SEALING_KEYS)
    except CannotUnseal:
        return "the sealing secret of this node does not open them"
    missing = [alg for alg in signing_algs() if alg not in active]
    return f"there is no active one of {', '.join(missing)}" if missing else None


def _has_tables() -> bool:
    """Whether one of the stores is on DynamoDB."""
    return conf().on_dynamodb or conf_of_people().on_dynamodb


def tables_fault() -> str | None:
    """Why the store's tables cannot be used, for a process that begins. Where settings say so, those that are missing
    are made. Migrations make those of the store in the database."""
    if not _has_tables():
        return None
    # Here: who has another store need not read it.
    from tokens.stores.dynamodb import operating

    return operating.fault()


def tables_differences() -> list[str]:
    """A line for each field of the store's tables that is not as the settings want it, or why nobody can tell."""
    if not _has_tables():
        return []
    from tokens.stores.dynamodb import operating
    from tokens.stores.dynamodb.creating import Refused

    try:
        with operating.tables() as tables:
            return operating.differences(tables.described())
    except Refused as error:
        return [str(error)]


def _publisher() -> "Publisher | None":
    """What publishes clients, where requests read them elsewhere than in SQL."""
    if not conf().on_dynamodb:
        return None
    from tokens.stores.dynamodb import reconciling

    return reconciling.publisher()


def publish_clients() -> str | None:
    """Publishes what requests read of clients otherwise than SQL has it, as where the store is new, or lost what it was
    told: a line, where that was anything. In SQL there is nothing to publish."""
    if (publisher := _publisher()) is None:
        return None
    from tokens.stores.dynamodb.reconciling import reconcile

    number = sum(1 for _ in reconcile(publisher))
    return f"told the store of {number} clients that it did not have as SQL has them" if number else None


def unlike_clients() -> str | None:
    """Whether requests read of a client otherwise than SQL has it: a line."""
    if (publisher := _publisher()) is None:
        return None
    from tokens.stores.dynamodb.reconciling import unlike

    first = next(unlike(publisher), None)
    return f"requests do not have {first.client_id} as SQL has it, nor others perhaps" if first else None


@register(Tags.models)
def check_models(app_configs: Apps, **_: Any) -> Iterable[CheckMessage]:
    for setting, model in MODELS.items():
        if getattr(settings, setting, None) != model:
            yield Error(f"{setting} must be {model!r}.", id="tokens.E001")
    if settings.MIGRATION_MODULES.get(LIBRARY, "") is not None:
        yield Error(f"MIGRATION_MODULES must map {LIBRARY!r} to None: it makes no table.", id="tokens.E002")
    for unswapped in apps.get_app_config(LIBRARY).get_models():
        yield Error(f"{unswapped.__name__} is a model of {LIBRARY} that nothing swaps out.", id="tokens.E003")


@register(Tags.security)
def check_resource_server(app_configs: Apps, **_: Any) -> Iterable[CheckMessage]:
    for name, expected in SEAMS.items():
        if (settings.OAUTH2_PROVIDER.get(name) or None) != expected:
            must = "stay off" if expected is None else f"be {expected!r}"
            yield Error(f"OAUTH2_PROVIDER[{name!r}] must {must}.", id="tokens.E004")
    for setting, (name, hint) in TOO_WIDE.items():
        if name in getattr(settings, setting):
            yield Error(f"{name} must not be in {setting}.", hint=hint, id="tokens.E009")


@register(Tags.admin)
def check_admin(app_configs: Apps, **_: Any) -> Iterable[CheckMessage]:
    for model in filter(admin.site.is_registered, apps.get_models()):
        # The site registers a class of its own, made of the one that it was given.
        if any(each.__module__.split(".")[0] == LIBRARY for each in type(admin.site.get_model_admin(model)).__mro__):
            yield Error(f"{model.__name__} is in the admin by a class of {LIBRARY}.", id="tokens.E005")


@register(Tags.security, deploy=True)
def check_security_best_current_practice(app_configs: Apps, **_: Any) -> Iterable[CheckMessage]:
    """What django-oauth-toolkit's own RFC 9700 gates say of its settings, said of what really answers."""
    if bad := sorted({"implicit", "password"} & set(GRANTS)):
        yield Error(f"The grant {bad[0]} must not be offered (RFC 9700 §2.1.2, §2.4).", id="tokens.E006")
    if any(set(response_type.split()) & {"token"} for response_type in RESPONSE_TYPES):
        yield Error("An access token must not leave by the authorization response (RFC 9700 §2.1.2).", id="tokens.E007")
    if set(pkce.CODE_CHALLENGE_METHODS) != {"S256"}:
        yield Error("PKCE must be S256 only (RFC 9700 §2.1.1).", id="tokens.E008")
