"""oidc-client-ts, in the browser."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
import { UserManager } from "oidc-client-ts";

const manager = new UserManager({
  authority: @issuer@,
  client_id: @client_id@,
  redirect_uri: @redirect_uri@,
  scope: "openid profile email",
});
const parameters = new URLSearchParams(location.search);
if (parameters.has("code")) {
  await manager.signinRedirectCallback();
  history.replaceState(null, "", location.pathname);
}
const user = await manager.getUser();
if (user) document.body.textContent = JSON.stringify(user.profile);
else if (parameters.has("error"))
  document.body.innerHTML = 'The sign-in was not allowed. <a href="?">Try again</a>';
else await manager.signinRedirect();
"""
INDEX_HTML = """\
<!doctype html>
<script type="module" src="/app.mjs"></script>
"""
APPLICATION = Application(
    title="oidc-client-ts",
    kind="spa",
    install="npm install oidc-client-ts vite",
    run="npx vite --port @port@",
    redirect_uris=("https://app.example.com/",),
    files=(
        File(name="app.mjs", language="javascript", text=TEXT),
        File(name="index.html", language="text", text=INDEX_HTML),
    ),
    notes=(
        _(
            "The page at the redirect URI runs this too. It is signed out at the provider by "
            "manager.signoutRedirect(), for which the client needs a post_logout_redirect_uri."
        ),
    ),
    read="oidc-client-ts 3.5.0, https://authts.github.io/oidc-client-ts/",
)
