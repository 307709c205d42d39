"""HashiCorp Vault and OpenBao."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
vault auth enable oidc
vault write auth/oidc/config \\
  oidc_discovery_url=@issuer@ \\
  oidc_client_id=@client_id@ \\
  oidc_client_secret=@client_secret@ \\
  default_role=people
vault write auth/oidc/role/people \\
  allowed_redirect_uris=@redirect_uri@ \\
  user_claim=sub \\
  oidc_scopes=profile,email \\
  token_policies=default
"""
APPLICATION = Application(
    title="Vault",
    kind="web",
    redirect_uris=("https://vault.example.com:8200/ui/vault/auth/oidc/oidc/callback",),
    redirect_path="/ui/vault/auth/oidc/oidc/callback",
    files=(File(name="avouch.sh", language="sh", text=TEXT),),
    notes=(
        _(
            "vault login -method=oidc on a computer comes back to http://localhost:8250/oidc/callback: "
            "register that too, at the client and in allowed_redirect_uris, where people use it."
        ),
    ),
    read="Vault 1.20, https://developer.hashicorp.com/vault/docs/auth/jwt",
)
