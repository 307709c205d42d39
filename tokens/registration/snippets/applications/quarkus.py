"""Quarkus, its OIDC extension."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
quarkus.oidc.auth-server-url=@issuer@
quarkus.oidc.client-id=@client_id@
quarkus.oidc.credentials.secret=@client_secret@
quarkus.oidc.application-type=web-app
quarkus.oidc.authentication.scopes=profile,email
quarkus.oidc.authentication.redirect-path=@callback_path@
quarkus.oidc.authentication.restore-path-after-redirect=true
quarkus.oidc.authentication.pkce-required=true
quarkus.http.auth.permission.authenticated.paths=/*
quarkus.http.auth.permission.authenticated.policy=authenticated
"""
APPLICATION = Application(
    title="Quarkus",
    kind="web",
    redirect_uris=("https://app.example.com/callback",),
    files=(File(name="application.properties", language="properties", text=TEXT),),
    notes=(
        _(
            "Behind a proxy: quarkus.http.proxy.proxy-address-forwarding=true, and "
            "quarkus.oidc.authentication.force-redirect-https-scheme=true."
        ),
    ),
    read="Quarkus 3.27, https://quarkus.io/guides/security-oidc-code-flow-authentication",
)
