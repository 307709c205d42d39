"""Signs somebody in at a client as often as told and prints the refresh tokens, for bench/cleanup.py."""

import json
import sys
from datetime import UTC, datetime, timedelta

import django


def main(client_id: str, number: int) -> list[str]:
    from accounts.models import User
    from tokens.conf import minter
    from tokens.protocol import handles
    from tokens.protocol.records import Authorization, RefreshToken
    from tokens.stores import store

    subject, now = str(User.objects.get().pk), datetime.now(UTC)
    scope, end = ("openid", "offline_access"), now + timedelta(days=1)
    tokens = [minter().mint() for _ in range(number)]
    for token in tokens:
        authorization = Authorization(
            id=minter().mint(),
            client_id=client_id,
            subject=subject,
            sid=None,
            scope=scope,
            auth_time=now,
            acr="1",
            amr=("pwd",),
            root_at=now,
            expires=end,
        )
        first = RefreshToken(
            key=handles.key(token),
            authorization_id=authorization.id,
            client_id=client_id,
            generation=0,
            scope=scope,
            expires=end,
        )
        assert store().authorizations.add(authorization, first)
    return [str(token) for token in tokens]


if __name__ == "__main__":
    django.setup()
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
