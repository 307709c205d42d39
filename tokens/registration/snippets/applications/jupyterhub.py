"""JupyterHub, by oauthenticator."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
c.JupyterHub.authenticator_class = "generic-oauth"
c.GenericOAuthenticator.client_id = @client_id@
c.GenericOAuthenticator.client_secret = @client_secret@
c.GenericOAuthenticator.oauth_callback_url = @redirect_uri@
c.GenericOAuthenticator.authorize_url = @authorization_endpoint@
c.GenericOAuthenticator.token_url = @token_endpoint@
c.GenericOAuthenticator.userdata_url = @userinfo_endpoint@
c.GenericOAuthenticator.scope = ["openid", "profile", "email"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allow_all = True
"""
APPLICATION = Application(
    title="JupyterHub",
    kind="web",
    install="pip install jupyterhub oauthenticator",
    redirect_uris=("https://jupyter.example.com/hub/oauth_callback",),
    redirect_path="/hub/oauth_callback",
    files=(File(name="jupyterhub_config.py", language="python", text=TEXT),),
    notes=(
        _(
            "allow_all lets in everybody who can sign in here; allowed_users names them instead. It sends "
            "PKCE by itself."
        ),
    ),
    read="oauthenticator 17, https://oauthenticator.readthedocs.io/en/latest/tutorials/provider-specific-setup/providers/generic.html",
)
