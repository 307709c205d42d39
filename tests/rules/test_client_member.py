"""What a member of a client's metadata takes to be added: its line in the record, and its words."""

import json
from pathlib import Path

import pytest

from tests.rules.copies import copy_product, insert_after, run
from tokens.admin.forms import members, words
from tokens.management import client_options
from tokens.protocol import client_metadata

LINE = '    tls_client_auth_san_dns: Annotated[str, Text(255), CONFIDENTIAL] = ""'
WORDS = '    "tls_client_auth_san_dns": Words(_("DNS name"), _("In its certificate."), "authentication"),'
SHOW = """
import io, json
from dataclasses import replace
from django.core.exceptions import ValidationError
from django.core.management import call_command
from tokens.admin.forms.client import ClientForm
from tokens.admin.forms.members import fieldsets
from tokens.management.client_options import document
from tokens.management.commands.createclient import Command
from tokens.protocol import client_metadata
from tokens.registration import clients
from tokens.stores.orm.clients import client_of
from tokens.stores.orm.statements.clients import SEEN, columns_of

NAME = "tls_client_auth_san_dns"
options = ["--kind", "web", "--name", "A", "--redirect-uri", "https://rp.example/"]
parser = Command().create_parser("manage.py", "createclient")
parsed = parser.parse_args([*options, "--tls-client-auth-san-dns", "a.example"])
client = clients.new("web", document(vars(parsed)))
noted = dict.fromkeys(["logout_failing_since", *SEEN.values()])
columns = {**columns_of(client), "updated": client.updated, **noted}
written = client_metadata.write(client)
try:
    clients.changed(client, {NAME: "a" * 256})
except ValidationError as error:
    faults = error.message_dict
field = ClientForm.base_fields[NAME]
sections = {
    kind: [str(title) for title, options in fieldsets(clients.new(kind, {"client_name": "A", "redirect_uris": uris}))
           if NAME in options["fields"]]
    for kind, uris in (("web", ["https://rp.example/"]), ("spa", ["https://rp.example/"]), ("machine", []))
}
call_command("makemigrations", check=True, dry_run=True, stdout=io.StringIO())
print(json.dumps({
    "typed in": getattr(client, NAME),
    "column": NAME in columns,
    "stored": columns["metadata"][NAME],
    "read back": client_of(columns) == client,
    "of a row from before": getattr(client_of({**columns, "metadata": {
        name: value for name, value in columns["metadata"].items() if name != NAME}}), NAME),
    "JSON": written[NAME],
    "from JSON": client_metadata.read({NAME: "b.example"})[NAME],
    "faults": faults,
    "field": [str(field.label), str(field.help_text), field.max_length, field.required],
    "sections": sections,
}))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_product(tmp_path)


def test_a_member_is_a_line_and_its_words(copy: Path) -> None:
    last = '"""May use http on loopback though the issuer is public."""'
    insert_after(copy / "tokens/protocol/records/client.py", last, LINE)
    insert_after(copy / "tokens/admin/forms/words.py", '"tos_uri": Words(_("Terms of service")),', WORDS)
    assert json.loads(run(copy, SHOW)) == {
        "typed in": "a.example",
        "column": False,
        "stored": "a.example",
        "read back": True,
        "of a row from before": "",
        "JSON": "a.example",
        "from JSON": "b.example",
        "faults": {"tls_client_auth_san_dns": ["is longer than 255 characters"]},
        "field": ["DNS name", "In its certificate.", 255, False],
        "sections": {"web": ["Authentication"], "spa": [], "machine": ["Authentication"]},
    }


def test_every_member_has_words_and_a_way_to_be_typed_in() -> None:
    types = {type(member.type) for member in client_metadata.MEMBERS.values()}
    assert set(words.WORDS) == set(client_metadata.MEMBERS)
    assert {each.section for each in words.WORDS.values()} == set(words.SECTIONS)
    assert types == set(members.FIELDS) == set(client_options.OPTIONS)
