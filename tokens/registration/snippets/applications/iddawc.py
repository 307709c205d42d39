"""libiddawc, in C."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
#include <iddawc.h>

/* I_OK, and I_OPT_REDIRECT_TO is where the browser is sent. */
int avouch_begin(struct _i_session *session) {
  if (i_init_session(session) != I_OK) {
    return I_ERROR;
  }
  if (i_set_parameter_list(session,
        I_OPT_OPENID_CONFIG_ENDPOINT, @discovery@,
        I_OPT_CLIENT_ID, @client_id@,
        I_OPT_REDIRECT_URI, @redirect_uri@,
        I_OPT_RESPONSE_TYPE, I_RESPONSE_TYPE_CODE,
        I_OPT_SCOPE, "openid profile email",
        I_OPT_STATE_GENERATE, 32,
        I_OPT_NONCE_GENERATE, 32,
        I_OPT_PKCE_CODE_VERIFIER_GENERATE, 43,
        I_OPT_PKCE_METHOD, I_PKCE_METHOD_S256,
        I_OPT_NONE) != I_OK) {
    return I_ERROR;
  }
  return i_get_openid_config(session) == I_OK ? i_build_auth_url_get(session) : I_ERROR;
}

/* redirect_to: the whole address at which the browser came back. Then I_OPT_ID_TOKEN is verified. */
int avouch_end(struct _i_session *session, const char *redirect_to) {
  if (i_set_str_parameter(session, I_OPT_REDIRECT_TO, redirect_to) != I_OK || i_parse_redirect_to(session) != I_OK) {
    return I_ERROR;
  }
  return i_run_token_request(session);
}
"""
APPLICATION = Application(
    title="libiddawc",
    kind="native",
    install="apt install libiddawc-dev",
    redirect_uris=("http://127.0.0.1:8765/callback",),
    files=(File(name="avouch.c", language="c", text=TEXT),),
    notes=(
        _(
            "Without I_OPT_PKCE_METHOD it sends no PKCE, and a client without a secret is refused. One with a secret "
            "sets I_OPT_CLIENT_SECRET, and I_OPT_TOKEN_METHOD to I_TOKEN_AUTH_METHOD_SECRET_BASIC."
        ),
        _("The port of the redirect URI may be any."),
    ),
    read="iddawc 1.1, https://github.com/babelouest/iddawc/blob/master/API.md",
)
