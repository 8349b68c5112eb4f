"""What a phase's report carries to the controller, made harmless there once more."""

from __future__ import annotations

from pytest_readiness.model import Evidence, Window
from pytest_readiness.redact import Redactor
from pytest_readiness.run.part import Part, cleaned


def test_a_window_is_made_harmless_like_all_else() -> None:
    window = Window(start="hunter22\n", seconds=1.0, points=((0.0, 1.0), (1.0, None)))
    part = Part(evidence=(Evidence(name="of hunter22", window=window), Evidence(name="a")))
    one, other = cleaned(part, Redactor(["hunter22"]).clean).evidence
    assert (one.name, other) == ("of ***", Evidence(name="a"))
    assert one.window == Window(start="*** ", seconds=1.0, points=window.points)
