"""The hook, and nothing else."""

from __future__ import annotations

from hocba_core.hookspecs import hookimpl
from hocba_core.provider import SigningProvider

from hocba_sandbox.provider import Sandbox


@hookimpl
def hocba_register_provider() -> type[SigningProvider]:
    return Sandbox
