"""Form fields of a client's members: each type of member has its field, which cleans to JSON as in RFC 7591."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.validators import URLValidator

from tokens.admin.forms.fields import NO_CORRECTION, JwksField, LinesField, ScopeField
from tokens.admin.forms.words import SECTIONS, WORDS, Words
from tokens.grants import GRANTS
from tokens.protocol import member_types
from tokens.protocol.client_metadata import MEMBERS, SUPPORTED_CHOICES
from tokens.protocol.members import CONFIDENTIAL, FIXED, PEOPLE, Member
from tokens.protocol.records import Client

CHANGEABLE = tuple(name for name in WORDS if FIXED not in MEMBERS[name].marks)
SWITCH = {"": "", "True": "always", "False": "never"}
"""What a page sends for a switch, and the key of its words."""


def field(name: str, **changes: Any) -> forms.Field:
    """The field of the member, with its words. `changes`: of the field's own options."""
    member, words = MEMBERS[name], WORDS[name]
    options = {"label": words.label, "help_text": words.help, **changes}
    return FIELDS[type(member.type)](member, words, **options)


def offered(member: Member) -> Collection[str]:
    """What a choice is among."""
    if member.name == "grant_types":
        return GRANTS.keys()
    return getattr(member.type, "options", ()) or SUPPORTED_CHOICES[member.name]


def fieldsets(client: Client) -> list[tuple[Any, dict[str, Any]]]:
    """The sections of the client's page, with the members that mean something for it."""
    names = [name for name in CHANGEABLE if _is_shown(MEMBERS[name], client)]
    by_section = {key: tuple(name for name in names if WORDS[name].section == key) for key in SECTIONS}
    return [
        (
            SECTIONS[key].title,
            {
                "fields": fields,
                "description": SECTIONS[key].description,
                "classes": ("collapse",) if SECTIONS[key].collapsed else (),
            },
        )
        for key, fields in by_section.items()
        if fields
    ]


def _is_shown(member: Member, client: Client) -> bool:
    return not ((PEOPLE in member.marks and not client.for_people) or (CONFIDENTIAL in member.marks and client.public))


def named(words: Words, values: Iterable[str]) -> list[tuple[str, Any]]:
    return [(value, words.options.get(value, value)) for value in values]


def _text(member: Member, words: Words, **options: Any) -> forms.Field:
    kind: Any = member.type
    return forms.CharField(max_length=kind.most, required=bool(kind.missing), widget=AdminTextInputWidget, **options)


def _choice(member: Member, words: Words, **options: Any) -> forms.Field:
    values = ("", *offered(member)) if member.default == "" else offered(member)
    options.setdefault("choices", named(words, values))
    return forms.ChoiceField(required=member.default != "", **options)


def _choices(member: Member, words: Words, **options: Any) -> forms.Field:
    return forms.MultipleChoiceField(
        choices=named(words, offered(member)), required=False, widget=forms.CheckboxSelectMultiple, **options
    )


def _resources(member: Member, words: Words, **options: Any) -> forms.Field:
    """Its boxes are given by the form: what resources there are is known only then."""
    return forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, **options)


def _scope(member: Member, words: Words, **options: Any) -> forms.Field:
    """Its boxes are `offer`ed by the form: what scopes there are is known only then."""
    return ScopeField(required=False, **options)


def _uri(member: Member, words: Words, **options: Any) -> forms.Field:
    schemes = URLValidator(schemes=["http", "https"])
    return forms.URLField(
        required=False, max_length=member_types.MAX_URI, assume_scheme="https", validators=[schemes], **options
    )


def _uris(member: Member, words: Words, **options: Any) -> forms.Field:
    widget = forms.Textarea(attrs={"rows": 4, "cols": 80, **NO_CORRECTION})
    return LinesField(required=False, widget=widget, **options)


def _flag(member: Member, words: Words, **options: Any) -> forms.Field:
    return forms.BooleanField(required=False, **options)


def _switch(member: Member, words: Words, **options: Any) -> forms.Field:
    return forms.TypedChoiceField(
        choices=[(value, words.options.get(key, key)) for value, key in SWITCH.items()],
        coerce=lambda value: str(value) == "True",
        empty_value=None,
        required=False,
        **options,
    )


def _seconds(member: Member, words: Words, **options: Any) -> forms.Field:
    kind: Any = member.type
    most = int(kind.most.total_seconds())
    return forms.IntegerField(required=False, min_value=0, max_value=most, **options)


def _jwks(member: Member, words: Words, **options: Any) -> forms.Field:
    return JwksField(**options)


FIELDS: Mapping[type[member_types.Type], Callable[..., forms.Field]] = {
    member_types.Text: _text,
    member_types.Choice: _choice,
    member_types.Choices: _choices,
    member_types.Resources: _resources,
    member_types.Scope: _scope,
    member_types.Uri: _uri,
    member_types.Link: _uri,
    member_types.Uris: _uris,
    member_types.Lines: _uris,
    member_types.Flag: _flag,
    member_types.Switch: _switch,
    member_types.Seconds: _seconds,
    member_types.Jwks: _jwks,
}
