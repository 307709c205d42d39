"""What is compared with, or written beside, what the database or another node says goes by the clock of the database,
`accounts.ground.clock`. Who reads this machine's instead says at the place why that is right."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPS = ("accounts", "tokens", "idp")
REASON = "this machine's clock: "
"""How the comment begins, on the line or on the one above it."""
OWN = frozenset(
    {
        *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
        *("time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime"),
        *("time.clock_gettime", "time.clock_gettime_ns", "django.utils.timezone.now"),
        *("django.utils.timezone.localtime", "django.utils.timezone.localdate", "django.core.signing.TimestampSigner"),
    }
)
READERS = frozenset({"loads", "get_signed_cookie"})
"""Of what Django signed: with `max_age` they compare the instant in it with this machine's clock."""
DATED = frozenset({"auto_now", "auto_now_add"})
"""Which Django's fields take from this machine's clock, and `DatedField` does not."""


def unexplained(source: str) -> Iterator[str]:
    """The places that read this machine's clock and do not say why."""
    lines = source.splitlines()
    for number in sorted(set(readings(ast.parse(source)))):
        if not any(f"# {REASON}" in line for line in lines[max(0, number - 2) : number]):
            yield f"line {number}: {lines[number - 1].strip()}"


def readings(tree: ast.AST) -> Iterator[int]:
    """The lines that read this machine's clock: by a call, or by handing on what can be called."""
    names = dict(imported(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and spelled(node, names) in OWN:
            yield node.lineno
        if isinstance(node, ast.Call):
            keywords = {keyword.arg for keyword in node.keywords}
            called = ast.unparse(node.func).rpartition(".")[2]
            if called in READERS and "max_age" in keywords:
                yield node.lineno
            if called != "DatedField" and keywords & DATED:
                yield node.lineno


def imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each name that an import makes, and what it stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((each.asname or each.name, each.name) for each in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from ((each.asname or each.name, f"{node.module}.{each.name}") for each in node.names)


def spelled(node: ast.expr, names: dict[str, str]) -> str:
    """What the expression names, from its module on."""
    text = ast.unparse(node)
    found = next((name for name in names if text == name or text.startswith(f"{name}.")), None)
    return text if found is None else names[found] + text.removeprefix(found)


def test_nothing_goes_by_this_machines_clock_without_a_reason() -> None:
    files = [file for app in APPS for file in sorted((ROOT / app).rglob("*.py"))]

    faults = [f"{file.relative_to(ROOT)}, {fault}" for file in files for fault in unexplained(file.read_text())]

    assert len(files) > 400
    assert faults == [], f"ask accounts.ground.clock.now(), or say `# {REASON}…`"


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import UTC, datetime\nend = datetime.now(UTC)\n",
        "import datetime\nend = datetime.datetime.now(datetime.UTC)\n",
        "import datetime as dt\nend = dt.datetime.utcnow()\n",
        "from datetime import date as day\nend = day.today()\n",
        "from datetime import datetime\nread = datetime.now\n",
        "from django.utils import timezone\nend = timezone.now()\n",
        "from django.utils import timezone\ncreated = DateTimeField(default=timezone.now)\n",
        "from django.utils.timezone import now\nend = now()\n",
        "import time\nend = time.time()\n",
        "from time import time as seconds\nend = seconds()\n",
        "import time\nend = time.gmtime()\n",
        "from datetime import datetime\nmake(clock=lambda: datetime.now(UTC))\n",
        "from django.core import signing\nsigning.loads(text, max_age=60)\n",
        "from django.core import signing\nsigner = signing.TimestampSigner()\n",
        "import x\ncreated = models.DateTimeField(auto_now_add=True)\n",
        "import x\nupdated = models.DateTimeField('updated', auto_now=True)\n",
        "import time\nend = time.time()  # type: ignore[name]\n",
        "import time\nend = time.time()  # the clock\n",
    ],
)
def test_the_rule_bites(source: str) -> None:
    assert list(unexplained(source)) == [f"line 2: {source.splitlines()[1]}"]


@pytest.mark.parametrize(
    "source",
    [
        "from accounts.ground import clock\nend = clock.now()\n",
        "import time\nend = time.monotonic() + 5\n",
        "from datetime import UTC, datetime\nat = datetime.fromtimestamp(told, UTC)\n",
        f"import time\nend = time.time()  # {REASON}a line of a log\n",
        f"import time\n# {REASON}a line of a log\nend = time.time()\n",
        "created = DatedField(auto_now_add=True)\n",
        "signing.loads(text)\n",
        "response.set_cookie(name, text, max_age=60)\n",
        "from django.db.models.functions import Now\nhas_ended = Q(expires__lte=Now())\n",
    ],
)
def test_what_does_not_ask_it_or_says_why_may_stay(source: str) -> None:
    assert list(unexplained(source)) == []
