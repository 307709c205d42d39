"""A DynamoDB that asks who one is, and judges what they ask for by the policies that they have."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.config import Config
from botocore.session import Session

from idp.local import ministack

ROOT = ministack.CREDENTIALS
"""Of whom everything is allowed."""


@dataclass(frozen=True, slots=True)
class Judging:
    url: str

    def user(self, name: str, policy: str) -> Mapping[str, str]:
        """The credentials of a new user who may do what the policy, a document, says, and nothing else."""
        iam = self.client("iam", ROOT)
        iam.create_user(UserName=name)
        arn = iam.create_policy(PolicyName=name, PolicyDocument=policy)["Policy"]["Arn"]
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {**ROOT, "AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def client(self, service: str, who: Mapping[str, str]) -> Any:
        return Session().create_client(
            service,
            region_name=who["AWS_REGION"],
            endpoint_url=self.url,
            aws_access_key_id=who["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=who["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
        )


@contextlib.contextmanager
def judging() -> Iterator[Judging]:
    with ministack.ministack(SERVICES="dynamodb,dynamodbstreams,iam,sts", AUTH="true") as server:
        yield Judging(server.url)
