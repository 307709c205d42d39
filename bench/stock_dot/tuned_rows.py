"""Makes the tables, Alice and her clients, and prints each client's secret: `python -m stock_dot.tuned_rows URI`."""

import json
import sys

import django

django.setup()
from django.contrib.auth import get_user_model  # noqa: E402 Django is set up first
from django.core.management import call_command  # noqa: E402 as above
from oauth2_provider.models import Application  # noqa: E402 as above

SECRET = "s3cr3t-" + "k" * 57
KINDS = {
    "web": ("confidential", "authorization-code"),
    "spa": ("public", "authorization-code"),
    "machine": ("confidential", "client-credentials"),
}


def main() -> None:
    call_command("migrate", verbosity=0)
    get_user_model().objects.create(username="alice", email="alice@example.org")
    for kind, (client_type, grant) in KINDS.items():
        Application.objects.create(
            client_id=kind,
            client_type=client_type,
            authorization_grant_type=grant,
            redirect_uris=sys.argv[1],
            client_secret=SECRET,
            hash_client_secret=False,
            skip_authorization=True,
            algorithm="RS256",
        )
    print(json.dumps({kind: SECRET if how[0] == "confidential" else "" for kind, how in KINDS.items()}))


if __name__ == "__main__":
    main()
