"""step, smallstep's command line."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
step oauth --oidc --bare \\
  --provider @issuer@ \\
  --client-id @client_id@ \\
  --scope openid --scope email
"""
APPLICATION = Application(
    title="step (smallstep)",
    kind="native",
    redirect_uris=("http://127.0.0.1",),
    files=(File(name="id-token.sh", language="sh", text=TEXT),),
    notes=(
        _("It listens at a free port of 127.0.0.1 and prints the ID token; without --oidc the access token."),
        _("A step-ca takes the ID token with an OIDC provisioner that has this issuer and this client."),
    ),
    read="step 0.28, https://smallstep.com/docs/step-cli/reference/oauth/",
)
