"""Only one module makes, reads and hashes handles: nobody else draws random texts, digests or names a region, but for
the reasons that stand here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CRAFT = ("secrets", "hashlib", "hmac", "random", "os.urandom", "uuid.uuid4", "django.utils.crypto")
"""What a handle could be made of."""
REGION = "conf().region"

ALLOWED = {
    "tokens/protocol/handles.py": {"hashlib", "hmac", "secrets"},
    "tokens/conf/__init__.py": {REGION},
    "tokens/protocol/refresh_token.py": {"hashlib", "hmac"},
    # Which are no handles:
    "accounts/factors/passkeys/challenge.py": {"secrets"},  # what a browser signs
    "accounts/factors/passkeys/credentials.py": {"hashlib"},  # a credential id, of any length
    "accounts/models/people.py": {"uuid.uuid4"},  # a person's `sub`
    "accounts/ground/look.py": {"hashlib"},  # what is in a logo or a stylesheet
    "accounts/mail_queue.py": {"uuid.uuid4"},  # a Message-ID
    "accounts/sessions/engine.py": {"secrets"},  # the version of a row
    "accounts/factors/recovery.py": {"hashlib", "hmac", "secrets"},  # codes that people keep and type
    "accounts/factors/totp.py": {"hashlib"},  # a secret whose step is spent
    "accounts/sign_in/browser.py": {"hashlib"},  # the secret of a browser's forms
    "accounts/sign_in/invitations.py": {"secrets"},  # by which one is used up, in a sealed text
    "accounts/sign_in/mailed_codes.py": {"hmac", "secrets"},  # digits that people type
    "accounts/sign_in/breached.py": {"hashlib"},  # SHA-1, of which a service is told a part
    "accounts/sign_in/known_devices.py": {"hashlib", "secrets"},  # a name in a cookie
    "accounts/sign_in/reset_links.py": {"hashlib"},  # what an account was when a link to it was made
    "accounts/site/request_id.py": {"secrets"},
    "accounts/stores/orm/codes.py": {"hmac"},  # compared in constant time
    "accounts/stores/orm/once.py": {"hashlib"},  # what a row is for, of any length
    "accounts/stores/orm/throttles.py": {"secrets"},  # who of several spent the last one
    "accounts/throttles.py": {"hashlib"},  # what is counted: a name, an address
    "tokens/interaction/signing_out.py": {"hashlib"},  # which sign-out a note is about
    "tokens/interaction/trial.py": {"hmac"},  # a `state` that came back, compared
    "tokens/registration/clients.py": {"secrets"},  # a client's secret
    "tokens/keys/local.py": {"secrets", REGION},  # a kid
    "accounts/ground/sealing.py": {"os.urandom"},  # a nonce
    "tokens/protocol/authorization_request.py": {"hashlib"},  # what a consent page showed
    "tokens/protocol/client_authentication/client_secret.py": {"hashlib", "hmac"},  # a secret's digest
    "tokens/protocol/id_token.py": {"hashlib"},  # at_hash
    "tokens/protocol/pictures.py": {"hashlib"},  # what is in a picture
    "tokens/protocol/pkce.py": {"hashlib", "hmac"},  # S256
    "tokens/protocol/subject.py": {"hashlib", "hmac"},  # a pairwise `sub`
    "tokens/stores/dynamodb/endings.py": {"uuid.uuid4"},  # a row that is looked for again after the commit
    "accounts/ground/dynamodb/items.py": {"hashlib"},  # what is no key, as one: a `jti`, a client's id
    "accounts/ground/dynamodb/service.py": {"random"},  # the spread of retries
    "tokens/stores/dynamodb/store.py": {REGION},  # the keys of items
    "accounts/ground/dynamodb/unit.py": {"secrets"},  # which request decided
    "tokens/stores/orm/client_assertions.py": {"hashlib"},  # a client's `jti`, of any length
    "tokens/stores/orm/statements/resources.py": {"uuid.uuid4"},  # the version of a state
    "tokens/views/jwks.py": {"hashlib"},  # an ETag
    "tokens/work/backchannel_logout.py": {"random"},  # the spread of retries
}


def craft(source: str) -> Iterator[str]:
    """What of CRAFT a module imports or calls, and whether it reads the region of the settings."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in CRAFT)
        if isinstance(node, ast.ImportFrom):
            names = (node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names))
            yield from (name for name in names if name in CRAFT)
        if isinstance(node, ast.Attribute) and (text := ast.unparse(node)) in (*CRAFT, REGION):
            yield text


def test_nobody_else_makes_or_hashes_what_looks_like_a_handle() -> None:
    modules = [file for app in ("tokens", "accounts") for file in (ROOT / app).rglob("*.py")]
    crafted = {
        str(file.relative_to(ROOT)): names
        for file in modules
        if "migrations" not in file.parts and (names := set(craft(file.read_text())))
    }
    assert crafted == ALLOWED


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("import secrets", "secrets"),
        ("from secrets import token_urlsafe", "secrets"),
        ("import hashlib", "hashlib"),
        ("from hashlib import sha256", "hashlib"),
        ("from os import urandom", "os.urandom"),
        ("os.urandom(32)", "os.urandom"),
        ("from uuid import uuid4", "uuid.uuid4"),
        ("from django.utils.crypto import get_random_string", "django.utils.crypto"),
        ("text = f'{conf().region}.{tail}'", REGION),
    ],
)
def test_the_rule_bites(line: str, name: str) -> None:
    assert set(craft(line)) == {name}
