"""The checks of the folder system: one of each severity and manner."""

from pytest_readiness import at_most, measure, readiness
from pytest_readiness.systems.common import reach


@readiness.blocker(remedy="mkdir it.", ref="DOC-1")
def reachable(folder_probe):
    """Is the folder there?"""
    reach(folder_probe)


@readiness.blocker(remedy="rm core")
def no_core(folder_probe):
    """Has nothing crashed?"""
    assert measure("files", folder_probe.facts.names) not in [("core",)]


@readiness.high(
    remedy="Remove old files.",
    owner="ops",
    thresholds=[at_most("size", 100, unit="bytes", source="a round number")],
)
def size(folder_probe, limits):
    """Is it small?"""
    assert measure("size", folder_probe.facts.size, unit="bytes") <= limits.size


@readiness.medium(demand="backups", managed=True)
def backup(folder_probe):
    """Is there a backup?"""
    assert measure("backups", folder_probe.facts.names.count("backup")) == 1


@readiness.low(demand="topology")
def two_files(folder_probe):
    """Are there two files?"""
    assert measure("files", len(folder_probe.facts.names)) >= 2


@readiness.blocker(writes=True)
def round_trip(folder_probe):
    """Can it be written to?"""
    written = folder_probe.client.write("x")
    assert measure("written", written, unit="characters") == 1


@readiness.low(
    optional=True,
    category="operations",
    effort="minutes",
    source="a tidy mind",
    since="2",
    privilege="chmod +r",
    remedy="Sort them.",
    thresholds=[at_most("files", 5)],
    aliases=("folder.neat",),
)
def tidy(folder_probe, limits):
    """Are there few files?"""
    assert measure("files", len(folder_probe.facts.names)) <= limits.files
