"""Asks the node of this machine or container whether it may be sent requests: exit code 0 when /readyz says 200."""

import http.client
import os
import sys
from urllib.parse import urlsplit

PORT = os.environ.get("IDP_PORT", "8000")


def main() -> int:
    # Every path wants the issuer's name.
    host = urlsplit(os.environ.get("IDP_BASE_URL", f"http://localhost:{PORT}")).netloc
    connection = http.client.HTTPConnection("127.0.0.1", int(PORT), timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": host})
        answer = connection.getresponse()
        print(answer.status, answer.read().decode())
    except OSError as error:
        print(error)
        return 1
    return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
