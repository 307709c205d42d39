"""Micronaut Security."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
micronaut:
  security:
    authentication: idtoken
    oauth2:
      clients:
        avouch:
          client-id: @client_id@
          client-secret: @client_secret@
          openid:
            issuer: @issuer@
"""
APPLICATION = Application(
    title="Micronaut",
    kind="web",
    redirect_uris=("https://app.example.com/oauth/callback/avouch",),
    redirect_path="/oauth/callback/avouch",
    files=(File(name="application.yml", language="yaml", text=TEXT),),
    notes=(
        _("People begin at /oauth/login/avouch. It reads the ID token: keep the claims there, as they are by default."),
    ),
    sends="nonce",
    read="Micronaut Security 4, https://micronaut-projects.github.io/micronaut-security/latest/guide/",
)
