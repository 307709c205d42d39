"""omniauth_openid_connect, in Rails."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
Rails.application.config.middleware.use OmniAuth::Builder do
  provider :openid_connect, {
    name: :avouch,
    issuer: @issuer@,
    discovery: true,
    scope: [:openid, :profile, :email],
    pkce: true,
    client_options: {
      identifier: @client_id@,
      secret: @client_secret@,
      redirect_uri: @redirect_uri@,
    },
  }
end
"""
APPLICATION = Application(
    title="OmniAuth (Rails)",
    kind="web",
    install="bundle add omniauth_openid_connect omniauth-rails_csrf_protection",
    redirect_uris=("https://app.example.com/auth/avouch/callback",),
    redirect_path="/auth/avouch/callback",
    files=(File(name="config/initializers/omniauth.rb", language="ruby", text=TEXT),),
    notes=(
        _(
            "With Devise the name has to be :openid_connect, and the redirect URI is "
            "/users/auth/openid_connect/callback."
        ),
    ),
    read="omniauth_openid_connect 0.8, https://github.com/omniauth/omniauth_openid_connect",
)
