"""The endpoints, asked by a program or a browser in this process."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client

from tests.support import assertions, builders
from tests.support.messages import CONSENT, FORM_TYPE, TOKEN, Registered, basic, code_form, secret_post
from tokens.protocol import handles
from tokens.stores import store


def post(sender: Client, path: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Any:
    """A form as programs send it. The answer is Django's, with what its test client adds."""
    return sender.post(path, urlencode(form), content_type=FORM_TYPE, headers=headers)


def exchange(sender: Client, client: Registered, code: str, /, **changes: str | None) -> Any:
    """Redeems the code with client_secret_basic."""
    return post(sender, TOKEN, code_form(client, code, **changes), basic(client.client_id, client.client_secret))


def redeem(sender: Client, client: Registered, code: str, presented: str, /, **changes: str | None) -> Any:
    """Redeems the code, showing who asks in the way that `presented` names."""
    named = {"client_id": client.client_id}
    header = basic(client.client_id, client.client_secret)
    extra: dict[str, tuple[dict[str, str], dict[str, str] | None]] = {
        "client_secret_basic": ({}, header),
        "client_secret_post": (secret_post(client), None),
        "private_key_jwt": (assertions.assertion_form(client.client_id), None),
        "none": (named, None),
        "basic and id": (named, header),
        "basic and post": (secret_post(client), header),
        "basic, another id": ({"client_id": "0.other"}, header),
        "nothing": ({}, None),
    }
    form, headers = extra[presented]
    return post(sender, TOKEN, code_form(client, code, **changes) | form, headers)


def shown_by(page: Any) -> str:
    """What a consent page put into its form of what it shows; empty where it is another page."""
    found = re.search(r'name="shown" value="([^"]+)"', page.content.decode())
    return found[1] if found is not None else ""


def consent_form(browser: Any, interaction: str, word: str = "allow") -> dict[str, str]:
    """What a button of the consent page sends, once the browser has opened it."""
    page = browser.get(CONSENT, {"interaction": interaction})
    return {"interaction": interaction, "answer": word, "shown": shown_by(page)}


def say(browser: Any, interaction: str, word: str = "allow") -> Any:
    """Opens the consent page and answers it."""
    return post(browser, CONSENT, consent_form(browser, interaction, word))


def is_unspent(code: handles.Handle, client: Registered) -> bool:
    """Whether the client's code still waits to be redeemed."""
    kept = store().codes.get(handles.key(code), client.client_id)
    return kept is not None and kept.spent_at is None


def tokens_of(sender: Client, client: Registered, subject: object, **changes: Any) -> dict[str, Any]:
    """A token response for a code that needed no browser."""
    code, _ = builders.save_code(client.client_id, str(subject), **changes)
    answer = exchange(sender, client, code)
    assert answer.status_code == 200, answer.content
    tokens: dict[str, Any] = answer.json()
    return tokens


def location(answer: Any) -> tuple[str, dict[str, str]]:
    """Where a redirect leads: the address without its query, and the query."""
    assert answer.status_code == 303, (answer.status_code, answer.content)
    parts = urlsplit(answer["Location"])
    query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    assert all(len(values) == 1 for values in query.values())
    return parts._replace(query="").geturl(), {name: values[0] for name, values in query.items()}
