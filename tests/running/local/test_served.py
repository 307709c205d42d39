"""Commands of another terminal know what `up` serves from the same data folder."""

from pathlib import Path

import pytest

from idp.conf import Deployment
from idp.issuer import issuer
from idp.local import served


def noted(deployment: Deployment) -> dict[str, str]:
    """The environment that says no more than where the data are, in which `up` served the deployment."""
    served.keep(deployment)
    return {"IDP_DATA": str(deployment.data)}


@pytest.mark.parametrize(
    ("port", "base_url", "served_at"),
    [(8010, None, "http://localhost:8010"), (8010, "http://127.0.0.1:9/", "http://127.0.0.1:9")],
)
def test_it_is_the_issuer_where_nothing_else_is_said(
    tmp_path: Path, port: int, base_url: str | None, served_at: str
) -> None:
    environ = noted(Deployment(data=tmp_path, port=port, base_url=issuer(base_url) if base_url else None))
    served.to_environment(environ)
    assert environ == {"IDP_DATA": str(tmp_path), "IDP_BASE_URL": served_at}


@pytest.mark.parametrize("name", ["IDP_PORT", "IDP_PORT_FILE", "IDP_BASE_URL", "IDP_BASE_URL_FILE"])
def test_what_the_environment_says_goes_first(tmp_path: Path, name: str) -> None:
    said = {**noted(Deployment(data=tmp_path, port=8010)), name: "what somebody typed"}
    environ = dict(said)
    served.to_environment(environ)
    assert environ == said


def test_an_https_issuer_needs_all_of_its_settings(tmp_path: Path) -> None:
    environ = noted(Deployment(data=tmp_path, base_url=issuer("https://id.example")))
    served.to_environment(environ)
    assert environ == {"IDP_DATA": str(tmp_path)}


@pytest.mark.parametrize("text", [None, b"", b"\xff", b"localhost"])
def test_a_folder_that_says_nothing_leaves_the_default(tmp_path: Path, text: bytes | None) -> None:
    if text is not None:
        (tmp_path / served.FILE).write_bytes(text)
    environ = {"IDP_DATA": str(tmp_path)}
    served.to_environment(environ)
    assert environ == {"IDP_DATA": str(tmp_path)}
