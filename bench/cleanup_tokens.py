"""Signs somebody in at a client as often as told and prints the refresh tokens, for bench/cleanup.py."""

import json
import sys
from datetime import UTC, datetime, timedelta

import django


def main(client_id: str, number: int) -> list[str]:
    from accounts.models import User
    from tokens.conf import minter
    from tokens.grants.refresh_token import begin
    from tokens.protocol.records import NO_KEY, Authorization
    from tokens.stores import store

    subject, now = str(User.objects.get().pk), datetime.now(UTC)
    tokens = []
    for _ in range(number):
        authorization = Authorization(
            id=minter().mint(),
            client_id=client_id,
            subject=subject,
            sid=None,
            scope=("openid", "offline_access"),
            auth_time=now,
            acr="1",
            amr=("pwd",),
            root_at=now,
            expires=now + timedelta(days=1),
        )
        of_family, first, token = begin(authorization, (minter().mint(),), NO_KEY, now)
        assert store().authorizations.add(of_family, first)
        tokens.append(str(token))
    return tokens


if __name__ == "__main__":
    django.setup()
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
