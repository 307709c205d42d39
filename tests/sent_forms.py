"""Django's test client sends forms as browsers send ours. By itself it would say multipart/form-data, which no page of
ours takes."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.test.client import MULTIPART_CONTENT, RequestFactory
from django.utils.http import urlencode

FORM_TYPE = "application/x-www-form-urlencoded"


@pytest.fixture(scope="session", autouse=True)
def sent_forms() -> Iterator[None]:
    post = RequestFactory.post

    def as_browsers_do(
        self: RequestFactory, path: str, data: Any = None, content_type: str = MULTIPART_CONTENT, **more: Any
    ) -> Any:
        """Who names a content type sends just that."""
        if content_type == MULTIPART_CONTENT and isinstance(data or {}, Mapping):
            data, content_type = urlencode(data or {}, doseq=True), FORM_TYPE
        return post(self, path, data, content_type, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RequestFactory, "post", as_browsers_do)
        yield
