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
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}}
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`environment`: of tests/outside/parties. `files`: around the snippet, where a file of the same name goes before
    it. `start`: what is run; empty for the snippet's first file. `begins`: where home leads who is not signed in."""

    environment: str
    start: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    begins: str = ""


def _flask(environment: str) -> Surroundings:
    return Surroundings(environment=environment, start="serve.py", files={"serve.py": FLASK})


def _fastapi(environment: str) -> Surroundings:
    return Surroundings(environment=environment, start="serve.py", files={"serve.py": FASTAPI})


def _django(environment: str, begins: str) -> Surroundings:
    files = {"serve.py": DJANGO, "settings.py": SETTINGS, "urls.py": URLS}
    return Surroundings(environment=environment, start="serve.py", files=files, begins=begins)


RUN: Mapping[str, Surroundings] = {
    "authlib-flask": _flask("authlib_flask"),
    "flask-pyoidc": _flask("flask_pyoidc"),
    "requests-oauth2client": _flask("requests_oauth2client"),
    "fastapi-sso": _fastapi("fastapi_sso"),
    "httpx-oauth": _fastapi("httpx_oauth"),
    "mozilla-django-oidc": _django("mozilla_django_oidc", "GET /oidc/authenticate/"),
    "django-allauth": _django("allauth", "GET /accounts/oidc/avouch/login/"),
    "social-auth": _django("social_core", "POST /login/oidc/"),
    "express-openid-connect": Surroundings(environment="express_openid_connect"),
    "passport-openidconnect": Surroundings(environment="passport_openidconnect"),
    "openid-client": Surroundings(environment="openid_client"),
    "auth-js": Surroundings(environment="auth_js"),
}
"""By application."""
