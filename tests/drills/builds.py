"""Two builds of the product, each in a folder of its own: this one, and one with a migration more that only expands."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from idp.local.command_lines import ROOT
from idp.local.program import Program

SHIPPED = ("idp", "accounts", "tokens", "templates", "deploy")
TASK = "note"
TABLE, COLUMN, VALUE = "tokens_note", "build", "next"
MODELS = f"""
from django.db import models as _columns

RefreshToken.add_to_class("{COLUMN}", _columns.TextField(null=True, default="{VALUE}"))


class Note(_columns.Model):
    text = _columns.TextField()
"""
MIGRATION = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tokens", "{last}")]
    operations = [
        migrations.AddField("refreshtoken", "{column}", models.TextField(null=True)),
        migrations.CreateModel("Note", [("id", models.AutoField(primary_key=True)), ("text", models.TextField())]),
    ]
"""
RECORD = "class RefreshToken:"
LAST = "    confirmation: Confirmation = NO_KEY\n"
"""Its last member, before which another with a default may stand."""
MEMBER = f'    {COLUMN}: str = "{VALUE}"\n'
"""Of a refresh token, where its record is written as it is."""
TASKS = f"""
TASKS = {{**TASKS, "{TASK}": Task(2, lambda go_on: {{"{TASK}": 1}})}}
"""


@dataclass(frozen=True, slots=True)
class Build:
    root: Path

    def of(self, program: Program) -> Program:
        """The same program, of this build: as a unit's WorkingDirectory says."""
        command = list(map(str, program.command))
        if "--config" in command:
            command[command.index("--config") + 1] = str(self.root / "deploy" / "gunicorn.conf.py")
        environ = {**program.environ, **self._importable()}
        return replace(program, command=command, environ=environ, folder=self.root)

    def manage(self, environ: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
        """A management command of this build, ended however it did."""
        return subprocess.run(
            [sys.executable, "-m", "django", *arguments],
            cwd=self.root,
            env={**environ, **self._importable()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
        )

    def _importable(self) -> dict[str, str]:
        return {"PYTHONPATH": str(self.root)}


THIS = Build(ROOT)


def next_build(folder: Path, store: str) -> Build:
    """A copy with a column more on a hot table, which its rows say their build in, a table more and a task more. Where
    there are no rows, a refresh token's record says it."""
    for name in SHIPPED:
        shutil.copytree(ROOT / name, folder / name)
    migrations = folder / "tokens" / "migrations"
    last = max(file.stem for file in migrations.glob("[0-9]*.py"))
    found = re.match(r"\d+", last)
    assert found is not None
    new = migrations / f"{int(found[0]) + 1:04}_next.py"
    new.write_text(MIGRATION.format(last=last, column=COLUMN))
    _append(folder / "tokens" / "models" / "__init__.py", MODELS)
    _append(folder / "accounts" / "work" / "__init__.py", TASKS)
    if store == "dynamodb":
        _add_member(folder / "tokens" / "protocol" / "records" / "token.py")
    return Build(folder)


def _add_member(file: Path) -> None:
    before, record, after = file.read_text().partition(RECORD)
    assert LAST in after
    file.write_text(before + record + after.replace(LAST, MEMBER + LAST, 1))


def _append(file: Path, text: str) -> None:
    file.write_text(file.read_text() + text)
