"""Protected resources; records as rows, and back."""

from collections.abc import Collection
from typing import cast

from tokens import models
from tokens.protocol import records
from tokens.stores.orm.identifiers import storable


class Resources:
    def named(self, identifiers: Collection[str]) -> list[records.Resource]:
        known = [identifier for identifier in identifiers if storable(identifier, models.IDENTIFIER)]
        found = models.Resource.objects.filter(identifier__in=known).order_by("identifier")
        return [resource_of(row) for row in found]


def resource_of(row: models.Resource) -> records.Resource:
    return records.Resource(
        identifier=row.identifier,
        name=row.name,
        scope=tuple(row.scope.split()),
        access_token_format=cast(records.TokenFormat, row.access_token_format),
        access_token_signed_response_alg=row.access_token_signed_response_alg,
    )
