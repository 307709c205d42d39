"""kubelogin, kubectl's plugin."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
users:
  - name: avouch
    user:
      exec:
        apiVersion: client.authentication.k8s.io/v1
        interactiveMode: IfAvailable
        command: kubectl
        args:
          - oidc-login
          - get-token
          - --oidc-issuer-url
          - @issuer@
          - --oidc-client-id
          - @client_id@
          - --oidc-extra-scope=profile
          - --oidc-extra-scope=email
          - --oidc-redirect-url-hostname
          - @host@
"""
APPLICATION = Application(
    title="kubelogin (kubectl)",
    kind="native",
    redirect_uris=("http://127.0.0.1:8000",),
    files=(File(name="kubeconfig.yaml", language="yaml", text=TEXT),),
    notes=(
        _("The API server has to trust the same issuer and client."),
        _(
            "kubelogin listens at port 8000, or at 18000 where that is taken: with localhost in the redirect URI, both "
            "have to be registered; with 127.0.0.1 the port may be any."
        ),
    ),
    read="kubelogin 1.34, https://github.com/int128/kubelogin/blob/master/docs/usage.md",
)
