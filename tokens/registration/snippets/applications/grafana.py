"""Grafana, by Generic OAuth."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
[server]
root_url = @base_url@

[auth.generic_oauth]
enabled = true
name = Avouch
client_id = @client_id@
client_secret = @client_secret@
scopes = openid profile email
auth_url = @authorization_endpoint@
token_url = @token_endpoint@
api_url = @userinfo_endpoint@
use_pkce = true
"""
APPLICATION = Application(
    title="Grafana",
    kind="web",
    redirect_uris=("https://grafana.example.com/login/generic_oauth",),
    redirect_path="/login/generic_oauth",
    files=(File(name="grafana.ini", language="ini", text=TEXT),),
    notes=(_("Whoever signs in for the first time becomes a Viewer; role_attribute_path says otherwise."),),
    read="Grafana 13.2, https://grafana.com/docs/grafana/latest/setup-grafana/configure-access/configure-authentication/generic-oauth/",
)
