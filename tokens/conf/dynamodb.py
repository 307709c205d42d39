"""The settings of the store on DynamoDB (`IDP_DYNAMODB_*`). Credentials come by AWS's own ways."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from django.conf import settings


@dataclass(frozen=True, slots=True)
class DynamoDB:
    region: Annotated[str, "The AWS region of the tables. Default: AWS's own, as AWS_REGION names it."] = ""
    endpoint: Annotated[str, "The URL of the service, where it is not AWS's of the region."] = ""
    prefix: Annotated[str, "What the names of all tables begin with: letters, digits and `_.-`."] = "avouch."

    def faults(self) -> Iterator[str]:
        if not re.fullmatch(r"[A-Za-z0-9_.-]{0,100}", self.prefix, re.ASCII):
            yield f"IDP_DYNAMODB_PREFIX: {self.prefix!r} is not up to 100 of A-Z, a-z, 0-9, _, . and -"
        if self.endpoint and not re.fullmatch(r"https?://[^/\s]+/?", self.endpoint):
            yield f"IDP_DYNAMODB_ENDPOINT: {self.endpoint!r} is not http(s)://HOST[:PORT]"


def dynamodb() -> DynamoDB:
    """The settings of the store on DynamoDB in force."""
    held: DynamoDB = settings.DYNAMODB
    return held
