"""What may be done with a person's account, in plain words: scopes, claims and APIs as people are asked for them, and
as they see what they allowed."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tokens.protocol import permission, scope_sentences
from tokens.protocol.claims_mapping import ATTRIBUTE
from tokens.protocol.records import Client, Consent, Resource

SCOPES: Mapping[str, Promise] = {
    "openid": gettext_lazy("Know that you signed in here"),
    "profile": gettext_lazy("See your name, user name and the rest of your profile, such as picture and date of birth"),
    "email": gettext_lazy("See your e-mail address"),
    "address": gettext_lazy("See your postal address"),
    "phone": gettext_lazy("See your phone number"),
    "groups": gettext_lazy("See which groups you are in"),
    "offline_access": gettext_lazy("Keep this access while you are away, also after you sign out"),
}
CLAIMS: Mapping[str, Promise] = {
    "name": gettext_lazy("See your name"),
    "family_name": gettext_lazy("See your family name"),
    "given_name": gettext_lazy("See your given name"),
    "middle_name": gettext_lazy("See your middle name"),
    "nickname": gettext_lazy("See your nickname"),
    "preferred_username": gettext_lazy("See your user name"),
    "profile": gettext_lazy("See the address of your profile page"),
    "picture": gettext_lazy("See your picture"),
    "website": gettext_lazy("See the address of your website"),
    "gender": gettext_lazy("See your gender"),
    "birthdate": gettext_lazy("See your date of birth"),
    "zoneinfo": gettext_lazy("See your time zone"),
    "locale": gettext_lazy("See your language"),
    "updated_at": gettext_lazy("See when your profile was last changed"),
    "email": gettext_lazy("See your e-mail address"),
    "email_verified": gettext_lazy("See whether your e-mail address was confirmed"),
    "address": gettext_lazy("See your postal address"),
    "phone_number": gettext_lazy("See your phone number"),
    "phone_number_verified": gettext_lazy("See whether your phone number was confirmed"),
    "groups": SCOPES["groups"],
}


def of_claim(source: str) -> str | Promise:
    """What may be seen of the person where no scope says it. One that was allowed long ago may be none that we know."""
    kind, _separator, name = source.partition(":")
    unknown = _said(_("See your “{attribute}”"), attribute=name if kind == ATTRIBUTE else source)
    return CLAIMS.get(kind, unknown)


def of_scope(scope: str, apis: Mapping[str, Resource]) -> str | Promise:
    """Two APIs may have a scope of the same name; each has its own sentence for it, if it has one."""
    identifier, name = permission.resource(scope), permission.name(scope)
    if identifier is None:
        return SCOPES.get(name, _said(_("Use {scope}"), scope=name))
    if identifier not in apis:
        return _said(_("Use {scope} of {api}"), scope=name, api=identifier)
    api = apis[identifier]
    words = scope_sentences.sentence(api.scope_sentences, name, get_language() or "")
    if words is None:
        return _said(_("Use {scope} of {api}"), scope=name, api=api.name)
    return _said("{words} ({api})", words=words, api=api.name)


def of_api(identifier: str, apis: Mapping[str, Resource]) -> str:
    """That tokens for it may be asked for."""
    name = apis[identifier].name if identifier in apis else identifier
    return _said(_("Act for you at {api}"), api=name)


def of_consent(consent: Consent, client: Client) -> list[str | Promise]:
    """What was allowed, a line each. An API that the client has no scope of any more is named by its identifier."""
    apis = {api.identifier: api for api in client.resources_of_scope}
    return [
        *(of_scope(each, apis) for each in consent.scope),
        *(of_claim(name) for name in consent.claims),
        *(of_api(identifier, apis) for identifier in consent.resource),
    ]


def _said(sentence: str, **foreign: str) -> str:
    """The sentence as HTML, with what others wrote isolated, so that no direction of theirs turns our words around."""
    return format_html(sentence, **{name: format_html("<bdi>{}</bdi>", text) for name, text in foreign.items()})
