"""`manage.py lint`: format, lint, types, import contracts and migrations, all at once, a line for each."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from idp import secrets
from tests.servers.run import own

ROOT = Path(__file__).parents[1]
CONTRACTS = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
"""import-linter's command is only a script, and scripts of `.venv/` are not run (see `idp.local.bootstrap`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What Python runs from the root of the repository, and what to do when it fails."""

    name: str
    arguments: Sequence[str]
    remedy: str

    @property
    def command(self) -> list[str]:
        return [sys.executable, *self.arguments]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a step ended. `seconds`: how long it took; `output`: all that it wrote."""

    step: Step
    ok: bool
    seconds: float
    output: str

    def __str__(self) -> str:
        line = f"{'ok' if self.ok else 'FAILED':<6}  {self.step.name:<10}  {self.seconds:5.1f} s"
        return line if self.ok else f"{line}\n\n{self.output.rstrip()}\n\n{self.step.name}: {self.step.remedy}\n"


STEPS = (
    Step(name="types", arguments=("-m", "mypy"), remedy="mend the types that mypy names above"),
    Step(
        name="contracts",
        arguments=("-c", CONTRACTS),
        remedy="an import crosses a layer: docs/architecture.md says who may import whom",
    ),
    Step(
        name="migrations",
        arguments=("manage.py", "makemigrations", "--check", "--dry-run"),
        remedy="a model and its migrations differ: run `python3 manage.py makemigrations`",
    ),
    Step(
        name="format",
        arguments=("-m", "ruff", "format", "--check", "."),
        remedy="run `python3 manage.py lint --fix`",
    ),
    Step(
        name="lint",
        arguments=("-m", "ruff", "check", "."),
        remedy="mend what ruff names above; `python3 manage.py lint --fix` does a part",
    ),
)
"""The longest first. Two cores are busy with the first for as long as the others take together."""


def main(arguments: list[str]) -> int:
    """Runs all steps, or those named with `--only`; returns the exit code: 1 if one failed."""
    options = _parser().parse_args(arguments)
    steps = [step for step in STEPS if step.name in options.only or not options.only]
    if options.fix:
        _fix()
    with tempfile.TemporaryDirectory(prefix="idp-lint-") as folder:
        secrets.create(Path(folder) / "secrets")
        environ = {**own(os.environ), "IDP_DATA": folder}
        results = list(_told(run(steps, environ)))
    return 0 if all(result.ok for result in results) else 1


def _fix() -> None:
    for command in (("check", "--fix-only", "--quiet", "."), ("format", "--quiet", ".")):
        subprocess.run([sys.executable, "-m", "ruff", *command], cwd=ROOT, check=False)


def run(steps: Sequence[Step], environ: Mapping[str, str]) -> Iterator[Result]:
    """The result of each step, as it ends. They run at the same time."""
    with ThreadPoolExecutor(len(steps)) as threads:
        for future in as_completed([threads.submit(_run, step, environ) for step in steps]):
            yield future.result()


def _run(step: Step, environ: Mapping[str, str]) -> Result:
    start = time.monotonic()
    process = subprocess.run(
        step.command, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return Result(
        step=step,
        ok=process.returncode == 0,
        seconds=time.monotonic() - start,
        output=process.stdout + process.stderr,
    )


def _told(results: Iterator[Result]) -> Iterator[Result]:
    for result in results:
        print(result, flush=True)
        yield result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("manage.py lint", description="Checks the code without running it.")
    names = [step.name for step in STEPS]
    parser.add_argument("--fix", action="store_true", help="first mend what can be mended without a person")
    parser.add_argument("--only", action="append", default=[], choices=names, help="one step; may be repeated")
    return parser
