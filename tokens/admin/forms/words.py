"""The words for the members of a client's metadata: on its pages, in the order of these, and for `createclient`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words_ = str | Promise


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a client's page."""

    title: Words_ | None = None
    description: Words_ = ""
    collapsed: bool = True


@dataclass(frozen=True, slots=True)
class Words:
    label: Words_
    help: Words_ = ""
    section: str = "shown"
    """A key of SECTIONS."""
    options: Mapping[str, Words_] = field(default_factory=dict)
    """What the choices are called that need more than their name; "" is to choose none."""


SECTIONS: Mapping[str, Section] = {
    "client": Section(collapsed=False),
    "requests": Section(_("Requests"), collapsed=False),
    "authentication": Section(_("Authentication"), collapsed=False),
    "grants": Section(_("Grants"), _("What it may exchange for tokens.")),
    "tokens": Section(_("Tokens")),
    "claims": Section(_("Claims")),
    "logout": Section(_("Logout notices")),
    "subjects": Section(
        _("Subjects"),
        _(
            "Who a person is to this client (sub). Careful: once people have signed in, a change here gives all of "
            "them another sub, and the client takes them for strangers."
        ),
    ),
    "shown": Section(_("Shown to people")),
    "exceptions": Section(_("Exceptions"), collapsed=False),
}
ONE_A_LINE = _("One a line, compared character by character. Not for machines and APIs.")

WORDS: Mapping[str, Words] = {
    "client_name": Words(_("Name"), _("People see it when the client asks them."), "client"),
    "enabled": Words(_("Enabled"), _("Off: nobody signs in to it, and it gets no token."), "client"),
    "application_type": Words(_("Application type"), _("native: on the person's own device."), "client"),
    "redirect_uris": Words(_("Redirect URIs"), ONE_A_LINE, "requests"),
    "post_logout_redirect_uris": Words(_("Redirect URIs after sign-out"), ONE_A_LINE, "requests"),
    "scope": Words(_("Scopes"), _("What it may ask for."), "requests"),
    "default_resource": Words(
        _("Default resources"),
        _("What its tokens are for where a request names no resource. It needs a scope of each."),
        "requests",
    ),
    "token_endpoint_auth_method": Words(
        _("Authentication method"),
        _(
            "Changed at once. With private_key_jwt its secrets no longer let it in; they are kept, and would again if "
            "you changed back, until you end them."
        ),
        "authentication",
        {
            "client_secret_basic": _("client_secret_basic: a secret, in the Authorization header"),
            "client_secret_post": _("client_secret_post: a secret, in the form"),
            "private_key_jwt": _("private_key_jwt: a signature of its own key"),
        },
    ),
    "pin_token_endpoint_auth_method": Words(
        _("Only by this method"),
        _("On: a secret is refused where it comes the other way. Off: it may come in the header or in the form."),
        "authentication",
    ),
    "jwks": Words(_("Keys"), _("Its public keys, as a JWK Set."), "authentication"),
    "jwks_uri": Words(
        _("Address of the keys"),
        _("Or the address where it publishes them: it can change them there by itself."),
        "authentication",
    ),
    "token_endpoint_auth_signing_alg": Words(
        _("Algorithm of its signature"),
        _("For private_key_jwt."),
        "authentication",
        {"": _("any that its keys can")},
    ),
    "grant_types": Words(
        _("Grant types"),
        _("Whether people sign in here cannot be changed: that is another client."),
        "grants",
        {
            "authorization_code": _("authorization_code: people sign in"),
            "refresh_token": _("refresh_token: it stays signed in"),
            "client_credentials": _("client_credentials: it uses its scopes of APIs without a person, too"),
        },
    ),
    "response_types": Words(_("Response types"), _("code is for authorization_code."), "grants"),
    "response_modes": Words(
        _("Response modes"),
        _("How the answer of a sign-in may travel to it. None: those of its kind."),
        "grants",
        {
            "query": _("query: in the address, which its server reads"),
            "fragment": _("fragment: behind the address, which only a script of its page reads"),
            "form_post": _("form_post: as a form that the browser posts to its server"),
        },
    ),
    "pkce": Words(
        _("PKCE"),
        _("What it has to send when people sign in, so that a stolen code is worth nothing. PKCE protects best."),
        "requests",
        {
            "required": _("required: PKCE each time"),
            "pkce_or_nonce": _("pkce_or_nonce: PKCE, or a nonce where it gets an ID token"),
            "optional": _("optional: what it sends counts, and it may send neither"),
        },
    ),
    "id_token_signed_response_alg": Words(_("ID token algorithm"), _("RS256 is what every client knows."), "tokens"),
    "userinfo_signed_response_alg": Words(
        _("Userinfo algorithm"),
        _("For clients that want it signed, as a JWT."),
        "tokens",
        {"": _("not signed: plain JSON")},
    ),
    "claims_in_id_token": Words(
        _("Claims in the ID token"),
        _("The ID token says who signed in: name, e-mail address and the like. Off: the application asks userinfo."),
        "claims",
    ),
    "claims_mapping": Words(
        _("Claims of its own"),
        _(
            "One a line: SCOPE CLAIM SOURCE. Sources are groups, groups:PATTERN, attribute:NAME and standard claims, "
            "such as: profile department attribute:department, or groups roles groups:shop-*"
        ),
        "claims",
    ),
    "allowed_groups": Words(
        _("Groups that may use it"),
        _("One a line: the names of groups of people. Empty: everybody may."),
        "client",
    ),
    "second_factor_required": Words(
        _("Second factor required"),
        _("People need a second factor to go on to it, and add one where they have none."),
        "client",
    ),
    "username_as_name": Words(
        _("User name as name"),
        _("Who has no name goes by their user name. Off: such a person has no name here."),
        "claims",
    ),
    "default_max_age": Words(
        _("Default max age"),
        _("Seconds after which people must sign in again for this client. Empty: as long as they stay."),
        "tokens",
    ),
    "rotate_refresh_tokens": Words(
        _("Rotate refresh tokens"),
        _("Whether each use of a refresh token replaces it."),
        "tokens",
        {
            "": _("as its kind: only without a secret or keys"),
            "always": _("always"),
            "never": _("never"),
        },
    ),
    "backchannel_logout_uri": Words(
        _("Address for logout notices"),
        _("Called with a signed notice when a session ends in which it was given tokens. Empty: it is not told."),
        "logout",
    ),
    "backchannel_logout_session_required": Words(
        _("Notices name the session"),
        _("Each notice names one session (sid). Off: one notice may say that all sessions of a person ended."),
        "logout",
    ),
    "subject_type": Words(
        _("Subject type"),
        "",
        "subjects",
        {
            "public": _("public: the same for every client"),
            "pairwise": _("pairwise: another one for every sector, so that nobody can be followed from site to site"),
        },
    ),
    "sector_identifier_uri": Words(
        _("Sector identifier"),
        _("Needed where redirect URIs have several hosts: the https address of a JSON array that holds all of them."),
        "subjects",
    ),
    "client_uri": Words(_("Home page")),
    "logo_uri": Words(
        _("Logo"),
        _(
            "The address of a PNG, JPEG or WebP picture of at most 20 KB and 1,024 dots on each side, best at most"
            " four times as wide as high. It is fetched now, and kept: another picture needs another address."
        ),
    ),
    "policy_uri": Words(_("Privacy policy")),
    "tos_uri": Words(_("Terms of service")),
    "skip_consent": Words(_("Skip consent"), _("One of your own: people are not asked."), "exceptions"),
    "development": Words(_("Development"), _("Redirect URIs may use http on the developer's computer."), "exceptions"),
}
