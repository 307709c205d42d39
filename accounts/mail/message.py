"""A mail as it goes out: text and HTML alike, in the person's language."""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.template import Context, Engine
from django.utils import translation

from accounts.conf import mail_conf
from accounts.ground.mail_server import in_ascii
from accounts.ground.sealing import unseal
from accounts.mail import context_of
from accounts.models import Mail

LIBRARIES = {"i18n": "django.templatetags.i18n"}
POLICY = SMTP.clone(cte_type="7bit")
"""Not every server takes bytes of 8 bits (RFC 6152)."""


class Unaddressable(Exception):
    """Not every server would take the recipient's address as it is."""


def message_of(mail: Mail) -> EmailMessage:
    """The same words under one Message-ID, whenever it is made: by it, who gets it twice sees that. Raises CannotUnseal
    and Unaddressable."""
    data = json.loads(unseal(mail.data, context_of(mail.pk), settings.SEALING_KEYS))
    try:
        recipient = in_ascii(mail.recipient)
    except ValueError:
        raise Unaddressable from None
    return compose(mail.kind, recipient, language_of(mail.language), data, key=mail.pk, created=mail.created)


def compose(
    kind: str, recipient: str, language: str, data: Mapping[str, Any], *, key: uuid.UUID, created: datetime
) -> EmailMessage:
    """`recipient`: an address of ASCII. `language`: one of settings.LANGUAGES."""
    message, address = EmailMessage(policy=POLICY), sender()
    message["From"] = Address(display_name=settings.BRAND, addr_spec=address)
    message["To"] = Address(addr_spec=recipient)
    message["Date"] = format_datetime(created)
    message["Message-ID"] = f"<{key}@{address.rpartition('@')[2]}>"
    # No program answers it (RFC 3834 §5).
    message["Auto-Submitted"] = "auto-generated"
    said: dict[str, Any] = {
        "brand": settings.BRAND,
        "issuer": settings.ISSUER,
        "support": mail_conf().support,
        "created": created,
        **data,
    }
    with translation.override(language):
        # A subject is one line, whatever a name in it is.
        message["Subject"] = " ".join(_rendered(f"{kind}/subject.txt", said).split())
        message.set_content(_rendered(f"{kind}/body.txt", said))
        message.add_alternative(_rendered(f"{kind}/body.html", said), subtype="html")
    message["Content-Language"] = language
    return message


def sender() -> str:
    """The address that mails are from. In a folder, for which nobody has to name one, it is of the issuer's host."""
    return mail_conf().sender or f"no-reply@{settings.ALLOWED_HOSTS[0]}"


def language_of(chosen: str) -> str:
    """The one of ours that is nearest to what the person chose."""
    try:
        return translation.get_supported_language_variant(chosen)
    except LookupError:
        return settings.LANGUAGE_CODE


def _rendered(template: str, said: Mapping[str, Any]) -> str:
    """Not by Django's own engine, which only nodes with pages have. What stands in a text is not escaped in it."""
    is_html = template.endswith(".html")
    engine = Engine(settings.MAIL_TEMPLATES, libraries=LIBRARIES, autoescape=is_html)
    return engine.get_template(template).render(Context(said, autoescape=is_html)).strip() + "\n"
