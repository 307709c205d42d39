"""What tests of tables are given."""

from collections.abc import Callable

from accounts.ground.dynamodb.conf import DynamoDB

Settings = Callable[..., DynamoDB]
"""Makes settings, with these members, of tables that only this test has."""
