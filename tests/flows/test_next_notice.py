"""Where the next notice of a client is looked for: from where its last one was due. A dump may keep the place of each
that is done with, and whoever looks from the beginning looks at them all."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pytest_django.fixtures import Settings

from tests.flows.logout_rp import logout_endpoint
from tests.flows.test_logout_delivery import owe
from tests.support.builders import change_clients, register
from tokens.conf import conf
from tokens.protocol import records
from tokens.stores import store
from tokens.work.backchannel_logout import deliver


@pytest.mark.parametrize(("enabled", "became"), [(True, "delivered"), (False, "given up")])
def test_a_clients_next_notice_is_looked_for_from_where_its_last_one_was_due(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, enabled: bool, became: str
) -> None:
    settings.TOKENS = replace(conf(), fetch_allow=("127.0.0.1",))
    claim = store().outbox.claim
    looks: list[tuple[datetime | None, datetime | None]] = []

    def claimed(client_id: str, lease: timedelta, since: datetime | None = None) -> records.LogoutDelivery | None:
        delivery = claim(client_id, lease, since)
        looks.append((since, delivery.due if delivery else None))
        return delivery

    monkeypatch.setattr(store().outbox, "claim", claimed)
    with logout_endpoint() as endpoint:
        owe(register(backchannel_logout_uri=endpoint.uri), 3)
        change_clients(enabled=enabled)
        assert deliver() == {became: 3}
    assert [since for since, _ in looks] == [None, *(due for _, due in looks[:-1])]
