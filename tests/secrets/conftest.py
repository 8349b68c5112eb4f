"""The projects of the plugin's tests, for these as well."""

from tests.plugin.conftest import project, ready

__all__ = ["project", "ready"]
