"""What a stranger makes us keep: which tables grow by what is sent without any proof, and by how many bytes at most."""

from collections import Counter
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.test import Client

from tests.support.messages import AUTHORIZE, FORM_TYPE, Registered, authorization_request
from tests.support.mounted import paths

STATED = {"Interaction": {AUTHORIZE}}
"""The tables, and the paths that add to them. docs/kept.md tells of each."""


def rows() -> Counter[str]:
    models = (model for app in apps.get_app_configs() for model in app.get_models() if model._meta.managed)
    return Counter({model.__name__: model._default_manager.count() for model in models})


@pytest.mark.server("it counts the rows of every table")
@pytest.mark.covers("S78")
def test_no_table_grows_by_a_stranger_s_request_but_those_that_are_stated(web: Registered) -> None:
    good = authorization_request(web)
    tokens = {
        "token": "x",
        "grant_type": "refresh_token",
        "refresh_token": "x",
        "client_id": web.client_id,
        "code": "y",
    }
    forms = [{}, good, tokens, {"login": "nobody", "password": "x" * 200, "next": "/" + "x" * 5000}]
    grown: dict[str, set[str]] = {}
    for path, method, form in product(paths(), ("GET", "POST"), forms):
        before = rows()
        sent = urlencode(form)
        stranger: Any = Client(raise_request_exception=False)
        if method == "GET":
            stranger.get(f"{path}?{sent}")
        else:
            stranger.post(path, sent, content_type=FORM_TYPE)
        for table in (rows() - before).keys():
            grown.setdefault(table, set()).add(path)
    assert grown == STATED
