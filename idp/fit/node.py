"""What a process declares of itself: what has to be equal everywhere, the keys that it knows, its other settings."""

import dataclasses
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.conf import settings

from accounts.conf import Accounts, Mail
from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.look import RULES, digest
from idp.configuration import SECTIONS
from idp.env import settings_of
from tokens.conf import Tokens, store_name

ISSUER, REGION, SALT = "IDP_BASE_URL", "IDP_REGION", "IDP_SECRETS/pairwise_salt"
STORE = (
    *("IDP_TOKENS_STORE", "IDP_TOKENS_STORE_PARTS", "IDP_ACCOUNTS_STORE"),
    *("IDP_DYNAMODB_PREFIX", "IDP_DYNAMODB_REGION"),
)
"""What says where the stores are. It changes together, where somebody means it."""
MAIL = "IDP_MAIL_URL"
MOST = 255
"""Letters of a value that are recorded."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """`equal`: by the name of its setting. `keys`: of each secret that rotates the fingerprints, the first in use.
    `values`: settings that may differ while a change rolls out, as text."""

    equal: Mapping[str, str]
    keys: Mapping[str, Sequence[str]]
    values: Mapping[str, str]


def this_node() -> Node:
    secret_key = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return Node(
        equal={
            # The line that tells of a difference can name both: these are published, or no secret.
            ISSUER: settings.ISSUER,
            REGION: settings.TOKENS.region,
            **_stores(settings.TOKENS, settings.ACCOUNTS, settings.DYNAMODB),
            SALT: fingerprints("pairwise_salt", settings.PAIRWISE_SALT.values())[0],
        },
        keys={
            "IDP_SECRETS/secret_key": fingerprints("secret_key", map(bytes.fromhex, secret_key)),
            "IDP_SECRETS/pepper": fingerprints("pepper", settings.PEPPERS.values()),
            "IDP_SECRETS/sealing": fingerprints("sealing", settings.SEALING_KEYS.values()),
        },
        values={
            **dict(_values(settings.TOKENS, settings.DYNAMODB, settings.ACCOUNTS)),
            MAIL: _way(settings.MAIL),
            **_look(),
        },
    )


def fingerprints(secret: str, keys: Iterable[bytes]) -> list[str]:
    """Of each key, under itself: a key is 32 random bytes and more, so nothing is learnt from it."""
    return [hmac.digest(key, f"fingerprint of {secret}".encode(), "sha256").hex() for key in keys]


def _stores(tokens: Tokens, accounts: Accounts, dynamodb: DynamoDB) -> dict[str, str]:
    """Not where a service answers, which may differ from node to node; nor a region that only AWS's files know."""
    store, parts, of_accounts, prefix, region = STORE
    each = (part.partition("=") for part in sorted(tokens.store_parts))
    of_parts = ",".join(f"{part}={store_name(named)}" for part, _, named in each)
    said = {store: store_name(tokens.store), parts: of_parts, of_accounts: accounts.store_name}
    if tokens.on_dynamodb or accounts.on_dynamodb:
        said |= {prefix: dynamodb.prefix, region: dynamodb.told_region or ""}
    return {name: value[:MOST] for name, value in said.items() if value or name == parts}


def _way(mail: Mail) -> str:
    """Pages offer what needs mail where there is some. What a server is asked by is a secret."""
    if mail.offered:
        return "a server" if mail.url is not None else "a folder"
    return "nothing"


def _look() -> dict[str, str]:
    """A page of one node asks another one for the logo and the stylesheet. Of files their digests."""
    logo, rules = settings.BRAND_LOGO, settings.BRAND_RULES
    return {
        "IDP_BRAND": settings.BRAND,
        "IDP_BRAND_ACCENT": settings.BRAND_ACCENT or "ours",
        "IDP_BRAND_LOGO": logo.digest if logo else "ours",
        "IDP_BRAND_FOLDER": f"with {RULES} {digest(rules.encode())}" if rules else f"without {RULES}",
    }


def _values(*sections: Tokens | DynamoDB | Accounts) -> Iterator[tuple[str, str]]:
    for section in sections:
        for setting in settings_of(type(section), SECTIONS[type(section)]):
            if setting.variable not in (REGION, *STORE):
                said = getattr(section, setting.field)
                yield setting.variable, "not set" if said is None else str(said)
