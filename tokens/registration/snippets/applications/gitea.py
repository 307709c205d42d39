"""Gitea and Forgejo."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
gitea admin auth add-oauth \\
  --name avouch \\
  --provider openidConnect \\
  --key @client_id@ \\
  --secret @client_secret@ \\
  --auto-discover-url @discovery@ \\
  --scopes profile --scopes email
"""
APPLICATION = Application(
    title="Gitea",
    kind="web",
    redirect_uris=("https://git.example.com/user/oauth2/avouch/callback",),
    redirect_path="/user/oauth2/avouch/callback",
    files=(File(name="add-avouch.sh", language="sh", text=TEXT),),
    notes=(_("The redirect URI has the name in it."),),
    sends="neither",
    read="Gitea 1.25, https://docs.gitea.com/administration/command-line",
)
