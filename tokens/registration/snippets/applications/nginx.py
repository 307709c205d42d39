"""nginx, which asks oauth2-proxy (auth_request)."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

NGINX_CONF = """\
server {
    listen 443 ssl;
    server_name @host@;
    ssl_certificate /etc/nginx/tls/certificate.pem;
    ssl_certificate_key /etc/nginx/tls/key.pem;

    location /oauth2/ {
        proxy_pass http://127.0.0.1:4180;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Auth-Request-Redirect $scheme://$host$request_uri;
    }

    location = /oauth2/auth {
        proxy_pass http://127.0.0.1:4180;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-Uri $request_uri;
        proxy_set_header Content-Length "";
        proxy_pass_request_body off;
    }

    location @sign_in {
        return 302 /oauth2/sign_in?rd=$scheme://$host$request_uri;
    }

    location / {
        auth_request /oauth2/auth;
        error_page 401 = @sign_in;
        auth_request_set $user $upstream_http_x_auth_request_user;
        auth_request_set $email $upstream_http_x_auth_request_email;
        proxy_set_header X-User $user;
        proxy_set_header X-Email $email;
        proxy_pass http://127.0.0.1:8080;
    }
}
"""
OAUTH2_PROXY_CFG = """\
provider = "oidc"
oidc_issuer_url = @issuer@
client_id = @client_id@
client_secret = @client_secret@
redirect_url = @redirect_uri@
code_challenge_method = "S256"
email_domains = ["*"]
reverse_proxy = true
set_xauthrequest = true
upstreams = ["static://202"]
"""
APPLICATION = Application(
    title="nginx",
    kind="web",
    redirect_uris=("https://app.example.com/oauth2/callback",),
    redirect_path="/oauth2/callback",
    files=(
        File(name="nginx.conf", language="nginx", text=NGINX_CONF),
        File(name="oauth2-proxy.cfg", language="toml", text=OAUTH2_PROXY_CFG),
    ),
    notes=(
        _(
            "nginx itself signs nobody in (its module for that is part of the commercial edition): "
            "oauth2-proxy does, and nginx asks it about each request."
        ),
        _(
            "OAUTH2_PROXY_COOKIE_SECRET in its environment is 32 random bytes in base64: openssl rand "
            "-base64 32 | tr -- '+/' '-_'"
        ),
        _("It refuses people whose email address was not verified."),
    ),
    read="oauth2-proxy 7.14, https://oauth2-proxy.github.io/oauth2-proxy/configuration/integrations/nginx",
)
