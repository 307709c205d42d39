"""curl, as a program without people."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
# client_id and client_secret go into Basic after each was encoded as in a form (RFC 6749 2.3.1).
# Here they go into the body, where curl encodes them itself.
curl --fail-with-body \\
  --data grant_type=client_credentials \\
  --data-urlencode client_id=@client_id@ \\
  --data-urlencode client_secret=@client_secret@ \\
  @token_endpoint@
"""
APPLICATION = Application(
    title="curl",
    kind="machine",
    files=(File(name="token.sh", language="sh", text=TEXT),),
    notes=(
        _(
            "Add --data scope=… for one of the client's scopes, or --data-urlencode resource=… for one of "
            "the APIs that it may call."
        ),
    ),
    read="RFC 6749 4.4 and 2.3.1, https://www.rfc-editor.org/rfc/rfc6749#section-4.4",
)
