"""What a snippet needs around it to run by itself: each table entry says in whose environment it runs, and which file
starts it. The snippet's own files are never changed; a Django project's settings.py goes on with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

FLASK = """\
import os
from app import app
app.run("127.0.0.1", int(os.environ["PORT"]))
"""
FASTAPI = """\
import os
import uvicorn
uvicorn.run("main:app", host="127.0.0.1", port=int(os.environ["PORT"]))
"""
DJANGO = """\
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from django.core.management import execute_from_command_line as run
run(["manage.py", "migrate", "--verbosity", "0"])
run(["manage.py", "runserver", "--noreload", "127.0.0.1:" + os.environ["PORT"]])
"""
SETTINGS = """\
import os
SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
    "OPTIONS": {"context_processors": ["django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth", "django.contrib.messages.context_processors.messages"]}}]
LOGIN_REDIRECT_URL = "/"
"""
URLS = """\
import os
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import path
def home(request):
    if request.user.is_authenticated:
        return HttpResponse(request.user.email)
    method, _, begins = os.environ["BEGINS"].partition(" ")
    if method == "GET":
        return redirect(begins)
    token = get_token(request)
    field = f'<input name="csrfmiddlewaretoken" value="{token}">'
    return HttpResponse(f'<form method="post" action="{begins}">{field}</form>')
urlpatterns = [path("", home)]
"""

JUPYTERHUB = """\
from jupyterhub.app import main
main(["--config", "jupyterhub_config.py"])
"""
JUPYTERHUB_CONFIG = """\
c = get_config()
c.JupyterHub.hub_bind_url = "http://127.0.0.1:%PORT%"
c.JupyterHub.bind_url = "http://127.0.0.1:%PORT%"
c.JupyterHub.proxy_class = "no_proxy.NoProxy"
c.JupyterHub.redirect_to_server = False
"""
NO_PROXY = """\
from jupyterhub.proxy import Proxy
class NoProxy(Proxy):
    async def start(self): pass
    async def stop(self): pass
    async def add_route(self, routespec, target, data): pass
    async def delete_route(self, routespec): pass
    async def get_all_routes(self): return {}
"""
SYNAPSE = """\
import sys
from synapse.app import homeserver
sys.argv = ["homeserver", "--config-path", "homeserver.yaml"]
homeserver.main()
"""
HOMESERVER = """\
server_name: "example.org"
public_baseurl: "http://127.0.0.1:%PORT%/"
listeners:
  - {port: %PORT%, type: http, bind_addresses: ["127.0.0.1"], resources: [{names: [client]}]}
database: {name: sqlite3, args: {database: homeserver.db}}
media_store_path: media
signing_key: "ed25519 a_key 1rk4PzQ3l6T6Cx0wq0GZJ2A0Bq5r0qGq2s6tJr5bK0g"
macaroon_secret_key: "a secret of a test's"
trusted_key_servers: []
report_stats: false
"""


STREAMLIT = """\
import os
import sys
from streamlit.web import cli
options = {"port": os.environ["PORT"], "address": "127.0.0.1", "headless": "true"}
sys.argv = ["streamlit", "run", "app.py", *(f"--server.{name}={value}" for name, value in options.items())]
cli.main()
"""
PGADMIN = """\
import os
import runpy
import sys
import pgadmin4
os.environ["PGADMIN_SETUP_EMAIL"] = "an-admin@example.org"
os.environ["PGADMIN_SETUP_PASSWORD"] = os.environ["SECRET"]
sys.path.insert(0, pgadmin4.__path__[0])
runpy.run_path(pgadmin4.__path__[0] + "/pgAdmin4.py", run_name="__main__")
"""
PGADMIN_CONFIG = """\
import os
SERVER_MODE = True
DEFAULT_SERVER_PORT = %PORT%
DATA_DIR = os.path.join(os.getcwd(), "data")
SQLITE_PATH = os.path.join(DATA_DIR, "pgadmin4.db")
LOG_FILE = os.path.join(DATA_DIR, "pgadmin4.log")
SESSION_DB_PATH = os.path.join(DATA_DIR, "sessions")
STORAGE_DIR = os.path.join(DATA_DIR, "storage")
UPGRADE_CHECK_ENABLED = False
MASTER_PASSWORD_REQUIRED = False
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`environment`: of tests/outside/parties. `files`: around the snippet, where a file of the same name goes before
    it, and %PORT% is its port. `start`: what is run; empty for the snippet's first file. `home`: the page that is
    visited. `begins`: where a Django project's home leads who is not signed in. `ends`: the path of the page that says
    who signed in."""

    environment: str
    start: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    home: str = "/"
    begins: str = ""
    ends: str = "/"


def _flask(environment: str) -> Surroundings:
    return Surroundings(environment=environment, start="serve.py", files={"serve.py": FLASK})


def _fastapi(environment: str) -> Surroundings:
    return Surroundings(environment=environment, start="serve.py", files={"serve.py": FASTAPI}, ends="/callback")


def _django(environment: str, begins: str) -> Surroundings:
    files = {"serve.py": DJANGO, "settings.py": SETTINGS, "urls.py": URLS}
    return Surroundings(environment=environment, start="serve.py", files=files, begins=begins)


RUN: Mapping[str, Surroundings] = {
    "authlib-flask": _flask("authlib_flask"),
    "flask-pyoidc": _flask("flask_pyoidc"),
    "requests-oauth2client": _flask("requests_oauth2client"),
    "idpyoidc": _flask("idpyoidc"),
    "fastapi-sso": _fastapi("fastapi_sso"),
    "httpx-oauth": _fastapi("httpx_oauth"),
    "mozilla-django-oidc": _django("mozilla_django_oidc", "GET /oidc/authenticate/"),
    "django-allauth": _django("allauth", "GET /accounts/oidc/avouch/login/"),
    "social-auth": _django("social_core", "POST /login/oidc/"),
    "django-pyoidc": _django("django_pyoidc", "GET /auth/avouch-login"),
    "jupyterhub": Surroundings(
        environment="jupyterhub",
        start="serve.py",
        files={"serve.py": JUPYTERHUB, "jupyterhub_config.py": JUPYTERHUB_CONFIG, "no_proxy.py": NO_PROXY},
        home="/hub/oauth_login?next=%2Fhub%2Fhome",
        ends="/hub/home",
    ),
    "express-openid-connect": Surroundings(environment="express_openid_connect"),
    "passport-openidconnect": Surroundings(environment="passport_openidconnect"),
    "openid-client": Surroundings(environment="openid_client"),
    "oauth4webapi": Surroundings(environment="oauth4webapi"),
    "auth-js": Surroundings(environment="auth_js"),
}
"""By application."""
SYNAPSE_SERVER = Surroundings(
    environment="synapse",
    start="serve.py",
    files={"serve.py": SYNAPSE, "homeserver.yaml": HOMESERVER},
    home="/_matrix/client/v3/login/sso/redirect/oidc-avouch?redirectUrl=http%3A%2F%2F127.0.0.1%2F",
)
"""Its cookies are Secure, which only browsers send on loopback."""
STREAMLIT_SERVER = Surroundings(environment="streamlit", start="serve.py", files={"serve.py": STREAMLIT})
PGADMIN_SERVER = Surroundings(
    environment="pgadmin", start="serve.py", files={"serve.py": PGADMIN, "config_local.py": PGADMIN_CONFIG}
)
"""What either asks a browser runs its scripts for."""
