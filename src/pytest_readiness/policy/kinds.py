"""The plain types that settings are made of."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Environment = Literal["production", "staging", "development"]
Gate = Literal["conditional", "ready", "regressions", "never"]
SeverityWord = Literal["blocker", "high", "medium", "low"]
Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
Ratio = Annotated[float, msgspec.Meta(ge=0, le=1)]
Words = Annotated[str, msgspec.Meta(min_length=1)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]*$")]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]
