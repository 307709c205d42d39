"""Every module of the plans is asked, and no other."""

from types import ModuleType

from tests.outside.oidf import test_basic, test_config, test_rp_initiated_logout
from tests.outside.oidf.plans import PLANS


def test_every_module_of_the_plans_has_its_test() -> None:
    assert {
        "oidcc-config-certification-test-plan": _modules(test_config),
        "oidcc-basic-certification-test-plan": _modules(test_basic),
        "oidcc-rp-initiated-logout-certification-test-plan": _modules(test_rp_initiated_logout),
    } == {name: sorted(modules) for name, modules in PLANS.items()}


def _modules(tests: ModuleType) -> list[str]:
    """The names in the marks of its tests."""
    functions = [value for name, value in vars(tests).items() if name.startswith("test_")]
    marks = [mark for function in functions for mark in getattr(function, "pytestmark", [])]
    named = [(mark.args[0], value) for mark in marks if mark.name == "parametrize" for value in mark.args[1]]
    return sorted(value if names == "module" else value[0] for names, value in named if "module" in names)
