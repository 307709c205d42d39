"""Streamlit, by st.login."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

SECRETS_TOML = """\
[auth]
redirect_uri = @redirect_uri@
cookie_secret = "A LONG RANDOM TEXT OF YOUR OWN"
client_id = @client_id@
client_secret = @client_secret@
server_metadata_url = @discovery@
client_kwargs = { code_challenge_method = "S256" }
"""
APP_PY = """\
import streamlit as st

if not st.user.is_logged_in:
    st.button("Sign in", on_click=st.login)
    st.stop()
st.write(st.user.email)
"""
APPLICATION = Application(
    title="Streamlit",
    kind="web",
    install="pip install 'streamlit[auth]'",
    run="streamlit run app.py --server.port @port@",
    redirect_uris=("https://app.example.com/oauth2callback",),
    redirect_path="/oauth2callback",
    files=(
        File(name=".streamlit/secrets.toml", language="toml", text=SECRETS_TOML),
        File(name="app.py", language="python", text=APP_PY),
    ),
    notes=(_("It reads the ID token: keep the claims there, as they are by default."),),
    read="Streamlit 1.67, https://docs.streamlit.io/develop/api-reference/user/st.login",
)
