"""The PDF: digest out and embed against pyHanko's external signing, verifying, and rendering a form."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from typing import Any, TypeVar

from asn1crypto import x509 as asn1_x509
from hocba_core.certificate import Certificate
from hocba_core.pades.embed import embed
from hocba_core.pades.prepare import prepare
from hocba_core.testing.clock import DEFAULT_START
from hocba_core.testing.pki import Identity
from hocba_core.testing.sample import SCHOOL, TAX_CODE, Signers, sample_content, signed_record
from hocba_core.transcript.profile import load_profile
from hocba_core.transcript.record import build
from hocba_core.verify.pdf import verify_pdf
from hocba_core.verify.verdict import Outcome
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import ExternalSigner, PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.pdf_signer import PdfTBSDocument
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from hocba_gateway.bench.row import Row, median_ms, times
from hocba_gateway.rendering.pool import RenderPool
from hocba_gateway.rendering.render import Renderer, Seal

T = TypeVar("T")
PUPILS = 40
PEER_RUNS = 15
RESERVED = 16384
"""Hexadecimal digits; pyHanko would sign twice to find out."""


def rows() -> Iterator[Row]:
    signers = Signers.create(DEFAULT_START)
    renderer = Renderer()
    seal = Seal(SCHOOL, TAX_CODE, signers.now)
    form = renderer.sealable(signed_record(signers), seal)
    certificate = Certificate.read(signers.seal.certificate)
    prepared = prepare(form, certificate, signers.seal.chain, signers.now)
    value = signers.seal.sign_digest(prepared.digest)
    finished = embed(prepared, value)

    peer_out, peer_embed, peer_verify = in_a_loop_of_its_own(pyhanko(form, finished, signers))
    ours = median_ms(lambda: prepare(form, certificate, signers.seal.chain, signers.now).digest, inner=20)
    floor = median_ms(lambda: sha256(form).digest(), inner=20)
    yield _faster("PDF seal: digest out", "pyHanko external", peer_out, ours, 35, f"hashing {floor:.3f} ms")
    ours = median_ms(lambda: embed(prepared, value), inner=50)
    yield _faster("PDF seal: embed", "pyHanko external", peer_embed, ours, 30)

    def check() -> None:
        assert verify_pdf(finished, signers.trust, signers.now).outcome is Outcome.VALID

    yield _faster("verify a sealed PDF, every rule, chain warm", "pyHanko", peer_verify, median_ms(check, inner=5), 10)
    yield _rendering(in_a_loop_of_its_own(_pool(seal)))


def _faster(what: str, peer: str, peer_ms: float, ours_ms: float, goal: int, limit: str = "–") -> Row:
    ratio = times(peer_ms, ours_ms)
    said = f"{ours_ms:.3f} ms, {ratio:.0f}x"
    return Row(what, f"{peer} {peer_ms:.1f} ms", f">= {goal}x", said, ratio >= goal, limit)


def _rendering(median: float) -> Row:
    # the peers are not installed; their numbers are of another machine, a slower one
    peers = "ReportLab 40, WeasyPrint 250 ms, noted elsewhere"
    limit = "typst alone 18 ms, noted elsewhere"
    return Row(
        "render one two-page PDF with its field, warm pool", peers, "<= 25 ms", f"{median:.1f} ms", median <= 25, limit
    )


async def _pool(seal: Seal) -> float:
    """Median in ms, for a class of different pupils; one process, already warm."""
    profile, base = load_profile("thcs_tt22_1"), sample_content()
    pool = await RenderPool.start(1)
    taken = []
    for number in range(PUPILS):
        pupil = {**base.pupil, "HO_VA_TEN": f"Nguyễn Thị Ánh {number}", "NGAY_SINH": f"2011-03-{number % 28 + 1:02d}"}
        record = build(replace(sample_content(number=number + 1), pupil=pupil), profile).xml
        started = time.perf_counter()
        await pool.sealable(record, seal)
        taken.append((time.perf_counter() - started) * 1000)
    await pool.close()
    return statistics.median(taken)


def in_a_loop_of_its_own(work: Coroutine[Any, Any, T]) -> T:
    """The bench itself runs in a loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def pyhanko(form: bytes, finished: bytes, signers: Signers) -> tuple[float, float, float]:
    """Medians in ms: digest out, embed, validate. The same field, certificate, chain and level as ours."""
    identity = signers.seal
    context_roots = [asn1_x509.Certificate.load(root) for root in signers.trust.seal]
    out, embedded, verified = [], [], []
    for _ in range(PEER_RUNS):
        started = time.perf_counter()
        prep, document, output, attributes, digest = await _digest_out(form, identity)
        out.append(time.perf_counter() - started)
        value = identity.sign_digest(digest)
        started = time.perf_counter()
        cms = await _signer(identity, value).async_sign_prescribed_attributes("sha256", signed_attrs=attributes)
        await PdfTBSDocument.async_finish_signing(output, prep, cms, post_sign_instr=document.post_sign_instructions)
        embedded.append(time.perf_counter() - started)
        started = time.perf_counter()
        (signature,) = PdfFileReader(BytesIO(finished)).embedded_signatures
        status = await async_validate_pdf_signature(
            signature, ValidationContext(trust_roots=context_roots, moment=signers.now)
        )
        verified.append(time.perf_counter() - started)
        assert status.bottom_line
    medians = (statistics.median(taken) * 1000 for taken in (out, embedded, verified))
    first, second, third = medians
    return first, second, third


async def _digest_out(form: bytes, identity: Identity) -> tuple[Any, Any, Any, Any, bytes]:
    signer = _signer(identity, None)
    metadata = PdfSignatureMetadata(field_name="phat-hanh", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    writer = IncrementalPdfFileWriter(BytesIO(form))
    prep, document, output = await PdfSigner(metadata, signer).async_digest_doc_for_signing(
        writer, bytes_reserved=RESERVED
    )
    attributes = await signer.signed_attrs(prep.document_digest, "sha256", use_pades=True)
    return prep, document, output, attributes, sha256(attributes.dump()).digest()


def _signer(identity: Identity, value: bytes | None) -> ExternalSigner:
    store = SimpleCertificateStore()
    store.register_multiple([asn1_x509.Certificate.load(der) for der in identity.chain])
    return ExternalSigner(
        signing_cert=asn1_x509.Certificate.load(identity.certificate), cert_registry=store, signature_value=value or 256
    )
