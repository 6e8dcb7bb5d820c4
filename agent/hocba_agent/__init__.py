"""The local signer: lends a USB token to the web sites that its user allowed."""

from datetime import UTC, datetime

__version__ = "0.1.0"
RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
"""Of this version: a PC whose clock is earlier is wrong."""
