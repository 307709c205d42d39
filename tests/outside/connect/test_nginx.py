"""nginx takes the configuration that is shown for it; oauth2-proxy, which it asks, is no package of pip's or npm's."""

import subprocess
from pathlib import Path

from tests.servers import nginx
from tests.snippets.test_applications import client_of, shown
from tests.support.certificate import self_signed
from tokens.registration.snippets.table import APPLICATIONS

AROUND = """\
pid {folder}/pid;
events {{}}
http {{
    access_log off;
    {temporary}
    {shown}
}}
"""


def test_nginx_takes_what_is_shown_for_it(tmp_path: Path) -> None:
    chain, key = self_signed(tmp_path)
    file = shown(APPLICATIONS["nginx"], client_of(APPLICATIONS["nginx"])).files[0]
    here = file.text.replace("/etc/nginx/tls/certificate.pem", str(chain)).replace("/etc/nginx/tls/key.pem", str(key))
    assert str(chain) in here
    (tmp_path / file.name).write_text(AROUND.format(folder=tmp_path, temporary=nginx.temporary(tmp_path), shown=here))
    command = [nginx.program(), "-t", "-q", "-e", "stderr", "-c", str(tmp_path / file.name)]
    said = subprocess.run(command, env=nginx.libraries(), capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")
