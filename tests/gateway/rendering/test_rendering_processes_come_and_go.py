from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from hocba_core.errors import OurFault
from hocba_core.testing.sample import Signers
from hocba_gateway.rendering.pool import RenderPool
from hocba_gateway.rendering.render import Renderer, Seal


@pytest.fixture
async def pool() -> AsyncIterator[RenderPool]:
    opened = await RenderPool.start(1)
    yield opened
    await opened.close()


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(process: int) -> bool:
    for _ in range(100):
        if not alive(process):
            return True
        time.sleep(0.05)
    return False


def environment(process: int) -> bytes:
    return Path(f"/proc/{process}/environ").read_bytes()


async def test_a_process_gives_the_same_bytes_as_the_renderer(
    pool: RenderPool, records: Mapping[str, bytes], seal: Seal, renderer: Renderer, signers: Signers
):
    for record in records.values():
        assert await pool.sealable(record, seal) == renderer.sealable(record, seal)
    assert await pool.preview(record, signers.now) == renderer.preview(record, signers.now)


async def test_what_is_no_record_is_refused_and_the_process_goes_on(
    pool: RenderPool, records: Mapping[str, bytes], seal: Seal
):
    before = pool.process_ids()
    for nonsense in (b"", b"<HOC_BA>", b"<HOC_BA></HOC_BA>"):
        with pytest.raises(OurFault):
            await pool.sealable(nonsense, seal)

    await pool.sealable(records["thcs_tt22_1"], seal)

    assert pool.process_ids() == before


async def test_a_killed_process_is_replaced_and_the_form_still_comes(
    pool: RenderPool, records: Mapping[str, bytes], seal: Seal
):
    (process,) = pool.process_ids()
    os.kill(process, signal.SIGKILL)
    assert wait_until_gone(process)

    assert (await pool.sealable(records["thcs_tt22_1"], seal)).startswith(b"%PDF-")

    assert pool.process_ids() != [process]


async def test_a_process_that_hangs_is_ended_at_the_deadline(records: Mapping[str, bytes], seal: Seal):
    pool = await RenderPool.start(1, deadline=timedelta(seconds=1))
    try:
        (process,) = pool.process_ids()
        os.kill(process, signal.SIGSTOP)

        with pytest.raises(OurFault) as caught:
            await pool.sealable(records["thcs_tt22_1"], seal)

        assert caught.value.facts == {"what": "render-deadline"}
        assert not alive(process)
        assert (await pool.sealable(records["thcs_tt22_1"], seal)).startswith(b"%PDF-")
    finally:
        await pool.close()


async def test_a_cancelled_form_is_never_given_to_the_next_caller(
    pool: RenderPool, records: Mapping[str, bytes], seal: Seal, renderer: Renderer
):
    task = asyncio.create_task(pool.sealable(records["thpt_tt22_1"], seal))
    await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await pool.sealable(records["th_tt27_1"], seal) == renderer.sealable(records["th_tt27_1"], seal)


async def test_many_callers_share_few_processes(pool: RenderPool, records: Mapping[str, bytes], seal: Seal):
    pdfs = await asyncio.gather(*(pool.sealable(record, seal) for record in list(records.values()) * 4))

    assert len(set(pdfs)) == 3
    assert len(pool.process_ids()) == 1


def test_a_process_dies_with_its_parent_even_when_that_is_killed():
    parent = textwrap.dedent(
        """
        import asyncio, os, sys, time
        from hocba_gateway.rendering.pool import RenderPool
        async def main():
            pool = await RenderPool.start(1)
            os.write(1, f"{pool.process_ids()[0]}\\n".encode())
            os.kill(pool.process_ids()[0], 19)  # stopped: it cannot notice that its pipe has closed
            time.sleep(60)
        asyncio.run(main())
        """
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        child = int(running.stdout.readline())
        assert alive(child)
        running.kill()

    assert wait_until_gone(child)


async def test_no_process_inherits_a_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOCBA_SECRET_KEY", "for our eyes only")
    pool = await RenderPool.start(1)
    try:
        (process,) = pool.process_ids()
        assert b"our eyes" not in environment(process)
    finally:
        await pool.close()
