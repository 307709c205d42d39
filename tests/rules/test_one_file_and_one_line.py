"""What a thing of the protocol takes to be added: one file named like it, and one line of a table with its import."""

import json
from pathlib import Path

import pytest

from tests.rules.copies import copy_product, insert_after, run

METHOD = '''"""tls_client_auth (RFC 8705 §2.1), without TLS."""

from tokens.protocol.client_authentication.method import Method, Presented

NAME = "tls_client_auth"
METHOD = Method(
    credential="jwks",
    parameters=frozenset({"certificate"}),
    present=lambda credentials: Presented(NAME, credentials.form["client_id"], credentials.form["certificate"]),
    proves=lambda certificate, client, evidence: client is not None and certificate == client.client_name,
)
'''
DISCOVERED = """
import json
from django.test import RequestFactory
from django.urls import resolve

def discovered():
    match = resolve("/.well-known/openid-configuration")
    return json.loads(match.func(RequestFactory().get("/"), **match.kwargs).content)

"""
SHOW_METHOD = """
from datetime import UTC, datetime
from tokens.admin.forms.client import ClientForm
from tokens.management.commands.createclient import Command
from tokens.protocol import client_metadata, records
from tokens.protocol.client_authentication import check, presented
from tokens.protocol.client_authentication.method import Credentials, Evidence
from tokens.registration import kinds

now = datetime.now(UTC)
form = {"client_id": "0.client", "certificate": "CN=client"}
shown = presented(Credentials(authorization=None, form=form, audiences=set, now=now))
client = records.Client(
    client_id="0.client", client_name="CN=client", redirect_uris=(), grant_types=(), response_types=(), scope=(),
    token_endpoint_auth_method="tls_client_auth", application_type="web", id_token_signed_response_alg="RS256",
)
authenticated = check(shown, client, Evidence(peppers={}, now=now, keys=lambda client, jws: ()))
document = discovered()
parser = Command().create_parser("manage.py", "createclient")
print(json.dumps({
    "authenticates": authenticated.client_id,
    "judged": [*client_metadata.SUPPORTED_CHOICES["token_endpoint_auth_method"]],
    "form": [name for name, _ in ClientForm.base_fields["token_endpoint_auth_method"].choices],
    "command": [*next(each for each in parser._actions if each.dest == "token_endpoint_auth_method").choices],
    "confidential": kinds.methods_of(public=False),
    "public": kinds.methods_of(public=True),
    "token": document["token_endpoint_auth_methods_supported"],
    "introspection": document["introspection_endpoint_auth_methods_supported"],
}))
"""
CONFIDENTIAL = ["client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth"]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_product(tmp_path)


def test_a_client_authentication_method_is_a_file_and_a_line(copy: Path) -> None:
    package = copy / "tokens/protocol/client_authentication"
    (package / "tls_client_auth.py").write_text(METHOD)
    table = package / "__init__.py"
    insert_after(table, "from typing import Any", "from tokens.protocol.client_authentication import tls_client_auth")
    insert_after(table, "PRIVATE_KEY_JWT: private_key_jwt.METHOD,", '"tls_client_auth": tls_client_auth.METHOD,')
    assert json.loads(run(copy, DISCOVERED + SHOW_METHOD)) == {
        "authenticates": "0.client",
        "judged": [*CONFIDENTIAL, "none"],
        "form": CONFIDENTIAL,
        "command": [*CONFIDENTIAL, "none"],
        "confidential": CONFIDENTIAL,
        "public": ["none"],
        "token": [*CONFIDENTIAL, "none"],
        "introspection": CONFIDENTIAL,
    }


PUSHED = '''"""pushed_authorization_request_endpoint (RFC 9126), without storage."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse

from tokens.endpoint import endpoint
from tokens.endpoint.form import read_form


@endpoint("POST", cors=True)
def pushed_authorization_request(request: HttpRequest, now: datetime) -> HttpResponse:
    return JsonResponse({"request_uri": read_form(request)["client_id"]}, status=201)
'''
SHOW_ENDPOINT = """
from django.urls import reverse

path = reverse("pushed_authorization_request")
view = resolve(path).func
form = {"data": "client_id=0.client", "content_type": "application/x-www-form-urlencoded"}
answer = view(RequestFactory().post(path, **form))
print(json.dumps({
    "answer": [answer.status_code, json.loads(answer.content), answer["Access-Control-Allow-Origin"]],
    "refused": view(RequestFactory().get(path)).status_code,
    "member": discovered()["pushed_authorization_request_endpoint"].removeprefix(discovered()["issuer"]),
    "methods": discovered()["pushed_authorization_request_endpoint_auth_methods_supported"],
}))
"""


def test_an_endpoint_is_a_file_and_a_line(copy: Path) -> None:
    (copy / "tokens/views/pushed_authorization_request.py").write_text(PUSHED)
    urls = copy / "tokens/urls.py"
    insert_after(
        urls,
        "from tokens.views.jwks import jwks",
        "from tokens.views.pushed_authorization_request import pushed_authorization_request as pushed",
    )
    line = '    Endpoint("pushed_authorization_request_endpoint", "oauth2/par", pushed, auth_methods=METHODS),'
    insert_after(urls, "BACK = (", line)
    assert json.loads(run(copy, DISCOVERED + SHOW_ENDPOINT)) == {
        "answer": [201, {"request_uri": "0.client"}, "*"],
        "refused": 405,
        "member": "/oauth2/par",
        "methods": ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
    }


GRANT = '''"""token-exchange (RFC 8693), for nobody."""

from tokens.protocol.errors import InvalidGrant


def redeem(request, client, now):
    raise InvalidGrant(request.needed("subject_token"))
'''
SHOW_GRANT = """
from datetime import UTC, datetime
from tokens.admin.forms.members import field
from tokens.grants import redeem, token_request
from tokens.management.commands.createclient import Command
from tokens.protocol import records
from tokens.protocol.errors import InvalidGrant

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
client = records.Client(
    client_id="0.client", client_name="A client", redirect_uris=(), grant_types=(GRANT_TYPE,), response_types=(),
    scope=(), token_endpoint_auth_method="none", application_type="web", id_token_signed_response_alg="RS256",
)
form = {"grant_type": GRANT_TYPE, "subject_token": "the token", "code": "of another grant"}
try:
    redeem(token_request(form, records.NO_KEY), client, datetime.now(UTC))
except InvalidGrant as error:
    refusal = str(error)
parser = Command().create_parser("manage.py", "createclient")
print(json.dumps({
    "redeemed": refusal,
    "reads": dict(token_request(form, records.NO_KEY).parameters),
    "form": [name for name, _ in field("grant_types").choices],
    "command": [*next(each for each in parser._actions if each.dest == "grant_types").choices],
    "discovery": discovered()["grant_types_supported"],
}))
"""


def test_a_grant_is_a_file_and_a_line(copy: Path) -> None:
    """What its own members and claims become is shown in tests/endpoints/test_new_grant.py."""
    grant_type = "urn:ietf:params:oauth:grant-type:token-exchange"
    (copy / "tokens/grants/token_exchange.py").write_text(GRANT)
    table = copy / "tokens/grants/__init__.py"
    insert_after(table, "from datetime import datetime", "from tokens.grants import token_exchange")
    line = f'    "{grant_type}": Grant(token_exchange.redeem, parameters=("subject_token",)),'
    insert_after(table, '"client_credentials": Grant(client_credentials.redeem, consumes=lambda client: False),', line)
    grant_types = ["authorization_code", "refresh_token", "client_credentials", grant_type]
    assert json.loads(run(copy, DISCOVERED + SHOW_GRANT)) == {
        "redeemed": "the token",
        "reads": {"subject_token": "the token"},
        "form": grant_types,
        "command": grant_types,
        "discovery": grant_types,
    }
