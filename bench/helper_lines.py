"""Counts what supports the tests, for docs/: `python bench/helper_lines.py`.

Helper lines are those of the modules under tests/ that hold no test; a conftest.py is one of them.
"""

from collections import Counter
from pathlib import Path

from measured import table

ROOT = Path(__file__).parent.parent


def main() -> None:
    modules = [path.relative_to(ROOT) for path in sorted((ROOT / "tests").rglob("*.py"))]
    helpers = [path for path in modules if not path.name.startswith("test_")]
    lines, files = Counter[str](), Counter[str]()
    for path in helpers:
        folder = path.parts[1] if len(path.parts) > 2 else "."
        lines[folder] += len((ROOT / path).read_text().splitlines())
        files[folder] += 1
    rows = [(folder, str(files[folder]), f"{count:,}") for folder, count in lines.most_common()]
    print(
        f"{len(modules) - len(helpers)} test modules, {len(helpers)} helper modules, {lines.total():,} helper lines\n"
    )
    print(table(("folder of tests/", "helper modules", "lines"), rows))


if __name__ == "__main__":
    main()
