"""The settings of the store on DynamoDB: what cannot be meant is told at the start."""

import pytest

from accounts.ground.dynamodb.conf import DynamoDB
from idp.configuration import read_settings
from idp.env import BadSettings
from tokens.conf import STORES, Tokens

KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
UNITS = "IDP_DYNAMODB_READ_CAPACITY, IDP_DYNAMODB_WRITE_CAPACITY: both at least 1, or both 0 for on demand"
TAGS = "IDP_DYNAMODB_TAGS: each is name=value, and each name is there once"
ALIAS = "IDP_DYNAMODB_KMS_KEY: the id or the ARN of a key, and no alias: what it stands for may change"


def read(**said: str) -> DynamoDB:
    environ = {f"IDP_DYNAMODB_{name.upper()}": value for name, value in said.items()}
    return read_settings(environ, secrets_missing=True).dynamodb


def test_without_a_word_they_are_aws_s_own() -> None:
    told = read()
    assert (told.region, told.endpoint, told.prefix, told.create) == (None, None, "avouch.", True)


@pytest.mark.parametrize(
    "said",
    [
        {"endpoint": "http://127.0.0.1:8000/"},
        {"endpoint": "https://vpce-1.dynamodb.eu-central-1.vpce.amazonaws.com"},
        {"prefix": "Our_own-1."},
        {"kms_key": KEY},
        {"kms_key": f"arn:aws-cn:kms:cn-north-1:111122223333:key/{KEY}"},
        {"kms_key": "mrk-1234abcd12ab34cd56ef1234567890ab"},
        {"read_capacity": "1", "write_capacity": "1"},
        {"tags": "a=b c:d/e@f=g=h i="},
    ],
    ids=str,
)
def test_what_can_be_meant_is_taken(said: dict[str, str]) -> None:
    assert read(**said) != DynamoDB()


def test_tags_are_told_by_their_names() -> None:
    assert read(tags="team=identity, cost=a=b").named_tags == {"team": "identity", "cost": "a=b"}


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"region": "Frankfurt"}, "IDP_DYNAMODB_REGION: 'Frankfurt' is no region, such as eu-central-1"),
        *(
            (
                {"endpoint": place},
                f"IDP_DYNAMODB_ENDPOINT: {place!r} is not http://HOST[:PORT] or https://HOST[:PORT]",
            )
            for place in ("localhost:8000", "ftp://x", "https://", "http://x/y")
        ),
        *(
            ({"endpoint": place}, "IDP_DYNAMODB_ENDPOINT: it has more than a scheme, a host and a port")
            for place in ("http://a:b@x", "http://x?y", "http://x#y")
        ),
        ({"prefix": "a b"}, "IDP_DYNAMODB_PREFIX: 'a b' is not 1 to 200 letters, digits, `_`, `.` and `-`"),
        (
            {"prefix": "x" * 201},
            f"IDP_DYNAMODB_PREFIX: {'x' * 201!r} is not 1 to 200 letters, digits, `_`, `.` and `-`",
        ),
        ({"kms_key": "alias/our-key"}, ALIAS),
        ({"kms_key": "arn:aws:kms:eu-central-1:111122223333:alias/our-key"}, ALIAS),
        ({"read_capacity": "1"}, UNITS),
        ({"read_capacity": "-1", "write_capacity": "-1"}, UNITS),
        ({"tags": "team"}, TAGS),
        ({"tags": "a=b a=c"}, TAGS),
    ],
)
def test_what_cannot_be_meant_names_the_setting(said: dict[str, str], fault: str) -> None:
    with pytest.raises(BadSettings) as refused:
        read(**said)
    assert refused.value.faults == [fault]


def test_a_store_has_a_short_name_and_a_dotted_path() -> None:
    parts = tuple(f"{part}=dynamodb" for part in ("keys", "runs"))
    assert not any(Tokens(store=store).on_dynamodb for store in ("orm", STORES["orm"], "tokens.stores.memory.x"))
    assert all(Tokens(store=store).on_dynamodb for store in ("dynamodb", STORES["dynamodb"]))
    assert Tokens(store_parts=parts).on_dynamodb
    assert [*Tokens(store_parts=parts).faults()] == []
    # The same store under both names.
    assert [*Tokens(store="dynamodb", store_parts=("keys=" + STORES["dynamodb"],)).faults()] == []
