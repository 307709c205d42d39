"""The settings of the store on DynamoDB (`IDP_DYNAMODB_*`). Credentials come by AWS's own ways."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from django.conf import settings

NO_CLIENT = "dynamodb needs botocore: install requirements/dynamodb.txt, too"
PREFIXES = re.compile(r"[A-Za-z0-9_.-]{1,200}", re.ASCII)
"""With the longest of our names behind it, a prefix is the name of a table: up to 255 of these characters."""
KEYS = re.compile(r"(arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/)?(mrk-)?[0-9a-f-]{32,36}", re.ASCII)
TAGS = re.compile(r"[\w.:/+@-]{1,128}=[\w.:/+@=-]{0,256}")


def origin(text: str) -> str:
    """An endpoint as it is used. ValueError says what is wrong with it."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise ValueError(f"{text!r} is not http://HOST[:PORT] or https://HOST[:PORT]")
    if parts.username or parts.query or parts.fragment or parts.port == 0:
        raise ValueError("it has more than a scheme, a host and a port")
    return text.rstrip("/")


@dataclass(frozen=True, slots=True)
class DynamoDB:
    region: Annotated[
        str | None, "The region of its tables, such as `eu-central-1`. Default: that of AWS's own settings."
    ] = None
    endpoint: Annotated[
        str | None,
        "Where it answers, where that is not the region's own: a local server, or an endpoint of a VPC.",
        origin,
    ] = None
    prefix: Annotated[str, "What the names of the tables begin with. Deployments of one account differ in it."] = (
        "avouch."
    )
    create: Annotated[
        bool,
        "Whether a node that starts makes the tables that are missing. Otherwise it ends, with the command that does.",
    ] = True
    stream: Annotated[bool, "Whether tables have a stream of new and old images."] = False
    recovery: Annotated[bool, "Whether tables can be restored to each second of the last 35 days."] = False
    deletion_protection: Annotated[bool, "Whether tables are protected against deletion."] = False
    kms_key: Annotated[
        str | None, "The id or ARN of the KMS key that tables are encrypted with. Default: a key that DynamoDB owns."
    ] = None
    read_capacity: Annotated[int, "Read units a second of each table. 0, here and below: on demand."] = 0
    write_capacity: Annotated[int, "Write units a second of each table."] = 0
    tags: Annotated[tuple[str, ...], "Tags of the tables, each as `name=value`."] = ()

    def faults(self) -> Iterator[str]:
        if self.region and not re.fullmatch("[a-z0-9-]{1,63}", self.region, re.ASCII):
            yield f"IDP_DYNAMODB_REGION: {self.region!r} is no region, such as eu-central-1"
        if not PREFIXES.fullmatch(self.prefix):
            yield f"IDP_DYNAMODB_PREFIX: {self.prefix!r} is not 1 to 200 letters, digits, `_`, `.` and `-`"
        if self.kms_key and not KEYS.fullmatch(self.kms_key):
            yield "IDP_DYNAMODB_KMS_KEY: the id or the ARN of a key, and no alias: what it stands for may change"
        if min(self.read_capacity, self.write_capacity) < 0 or bool(self.read_capacity) != bool(self.write_capacity):
            yield "IDP_DYNAMODB_READ_CAPACITY, IDP_DYNAMODB_WRITE_CAPACITY: both at least 1, or both 0 for on demand"
        if not all(map(TAGS.fullmatch, self.tags)) or len(self.named_tags) < len(self.tags):
            yield "IDP_DYNAMODB_TAGS: each is name=value, and each name is there once"

    @property
    def told_region(self) -> str | None:
        """None where only a file of AWS's may say it. botocore reads AWS_DEFAULT_REGION alone; AWS_REGION is what AWS
        sets where it runs a process."""
        return self.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or None

    @property
    def named_tags(self) -> Mapping[str, str]:
        """Name → value."""
        return dict(tag.partition("=")[::2] for tag in self.tags)


def dynamodb() -> DynamoDB:
    """The settings in force."""
    held: DynamoDB = settings.DYNAMODB
    return held
