"""The whole schema, readable top to bottom; Alembic's migrations make the same thing.

One schema for SQLite and PostgreSQL. Times are UTC milliseconds (BigInteger). Ids are UUID text.
`school_id` leads the key of every tenant table, so that partitioning by it spreads a nation; such a table is
reached through `Store.scoped(school)` only (a statement hook in tests fails any other way).
What is signed is never stored twice: a signature is a row, the document is assembled from its skeleton.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from hocba_gateway.store.table import metadata as metadata  # with every table in it once this module is read
from hocba_gateway.store.table import tenant

# --- who there is ------------------------------------------------------------------------------

departments = Table(
    "departments",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("code", String(20), unique=True, nullable=False),
    Column("name", String(150), nullable=False),
    Column("send_from", BigInteger),  # window in which schools may send; null is open
    Column("send_until", BigInteger),
    Column("portal", String(40)),  # key of the portal plugin
    Column("portal_settings", LargeBinary),  # encrypted JSON
)

schools = Table(
    "schools",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("department_id", String(36), nullable=False, index=True),
    Column("code", String(20), unique=True, nullable=False),
    Column("name", String(150), nullable=False),
    Column("profile", JSON, nullable=False),  # school/profile.py: SchoolProfile
    Column("created_at", BigInteger, nullable=False),
)

accounts = Table(  # who may log in; a person of a school, or an officer of a department
    "accounts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("school_id", String(36), index=True),
    Column("department_id", String(36), index=True),
    Column("person_id", String(36)),
    Column("username", String(80), unique=True, nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("rights", JSON, nullable=False),  # of: quan_tri, ky_phat_hanh, duyet_tai_khoan, so
    Column("wrong_tries", Integer, nullable=False, server_default="0"),
    Column("locked_until", BigInteger),
    Column("created_at", BigInteger, nullable=False),
)

logins = Table(
    "logins",
    metadata,
    Column("token_hash", String(64), primary_key=True),  # SHA-256 of the token, hex
    Column("account_id", String(36), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

people = tenant(
    "people",
    Column("id", String(36), primary_key=True),
    Column("code", String(20), nullable=False),  # mã định danh Bộ GD&ĐT
    Column("personal_number", String(12)),
    Column("name", String(150), nullable=False),
    Column("birth", String(10)),  # ISO date
    Column("status", String(40), nullable=False),
    Column("position", String(100)),  # vị trí việc làm
    Column("position_group", String(100)),
    Column("data", JSON, nullable=False),  # the rest of the file's row, by our field names
    UniqueConstraint("school_id", "code"),
)

classes = tenant(
    "classes",
    Column("id", String(36), primary_key=True),
    Column("year", String(9), nullable=False),  # "2025-2026"
    Column("name", String(20), nullable=False),
    Column("slug", String(30), nullable=False),
    Column("grade", Integer, nullable=False),
    Column("profile", String(60), nullable=False),  # key of the transcript profile
    Column("homeroom_id", String(36)),  # people.id
    UniqueConstraint("school_id", "year", "name"),
    UniqueConstraint("school_id", "year", "slug"),
)

class_locks = tenant(  # "Xác nhận hoàn thành tổng kết"
    "class_locks",
    Column("class_id", String(36), primary_key=True),
    Column("term", String(3), primary_key=True),  # HK1, HK2, CN
    Column("locked_at", BigInteger, nullable=False),
    Column("locked_by", String(36), nullable=False),
)

print_settings = tenant(  # "Cấu hình in học bạ"
    "print_settings",
    Column("class_id", String(36), primary_key=True),
    Column("leader_id", String(36)),  # people.id
    Column("place", String(150)),
    Column("sign_date", String(10)),  # ISO date
)

pupils = tenant(
    "pupils",
    Column("id", String(36), primary_key=True),
    Column("year", String(9), nullable=False),
    Column("class_id", String(36), nullable=False),
    Column("code", String(20), nullable=False),
    Column("personal_number", String(12)),
    Column("name", String(150), nullable=False),
    Column("status", String(60), nullable=False),
    Column("position", Integer, nullable=False),  # order in the class's file
    Column("data", JSON, nullable=False),
    UniqueConstraint("school_id", "year", "code"),
)
Index("ix_pupils_class", pupils.c.school_id, pupils.c.class_id, pupils.c.position)

assignments = tenant(
    "assignments",
    Column("class_id", String(36), primary_key=True),
    Column("subject", String(20), primary_key=True),  # subject code of the profile
    Column("term", String(3), primary_key=True),  # HK1, HK2
    Column("person_id", String(36), primary_key=True),
    Column("responsible", Boolean, nullable=False),  # signs the subject when several teach it
)

results = tenant(
    "results",
    Column("pupil_id", String(36), primary_key=True),
    Column("subject", String(20), primary_key=True),  # "" holds the pupil's whole-year results
    Column("data", JSON, nullable=False),
)

# --- signing accounts --------------------------------------------------------------------------

provider_settings = tenant(
    "provider_settings",
    Column("year", String(9), primary_key=True),
    Column("provider", String(40), primary_key=True),
    Column("settings", LargeBinary, nullable=False),  # encrypted JSON
)

provider_sessions = tenant(  # a person's open session at a vendor
    "provider_sessions",
    Column("id", String(36), primary_key=True),
    Column("person_id", String(36), nullable=False),
    Column("provider", String(40), nullable=False),
    Column("year", String(9), nullable=False),
    Column("session", LargeBinary, nullable=False),  # encrypted JSON
    Column("refs", JSON, nullable=False, server_default="[]"),  # the vendor's ids of the keys that it reaches
    Column("expires_at", BigInteger, nullable=False),
)

signing_accounts = tenant(
    "signing_accounts",
    Column("id", String(36), primary_key=True),
    Column("year", String(9), nullable=False),
    Column("person_id", String(36)),  # null: the school's certificate
    Column("method", String(10), nullable=False),  # hocba_core.workflow.accounts: Method
    Column("provider", String(40)),  # null for a token
    Column("credential_ref", Text),  # the vendor's id of the key; null for a token
    Column("login", LargeBinary),  # encrypted fields to open a session with, never passwords
    Column("certificate", LargeBinary, nullable=False),  # DER
    Column("chain", JSON, nullable=False),  # list of base64 DER
    Column("fingerprint", String(64), nullable=False),  # SHA-256 of the certificate, hex
    Column("serial", String(64), nullable=False),
    Column("subject", Text, nullable=False),  # display form, number masked
    Column("issuer", Text, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("not_after", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),  # hocba_core.workflow.accounts: AccountState
    Column("warning", Text),  # for the approver, e.g. no number in the subject
    Column("reason", Text),
    Column("decided_by", String(36)),
    Column("decided_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
)
Index(
    "ix_signing_accounts_owner",
    signing_accounts.c.school_id,
    signing_accounts.c.year,
    signing_accounts.c.person_id,
)

token_challenges = tenant(  # one-time challenges that a token signs when it is registered
    "token_challenges",
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), nullable=False),
    Column("purpose", String(20), nullable=False),  # school, person
    Column("nonce", LargeBinary, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

# --- transcripts -------------------------------------------------------------------------------

transcripts = tenant(
    "transcripts",
    Column("id", String(36), primary_key=True),  # the UUID in the record
    Column("year", String(9), nullable=False),
    Column("class_id", String(36), nullable=False),
    Column("pupil_id", String(36), nullable=False),
    Column("profile", String(60), nullable=False),
    Column("version", Integer, nullable=False),  # PhienBan
    Column("skeleton", String(64), nullable=False),  # blob: the record with every slot empty
    Column("data_digest", LargeBinary),  # second freeze point, set at the homeroom commit
    Column("record", String(64)),  # blob: the whole signed XML, set when the seal is finished
    Column("face", String(64)),  # blob: the sealed PDF
    Column("life", String(4), nullable=False),  # hocba_core.workflow.states: Life
    Column("life_at", BigInteger),
    Column("replaces", String(36)),
    Column("hold_by", String(36)),  # "Trả lại": proposer, null when not held
    Column("hold_step", String(10)),
    Column("hold_reason", Text),
    Column("hold_at", BigInteger),
    Column("completed_by", String(36)),
    Column("completed_at", BigInteger),
    Column("delivery", String(12), nullable=False),  # hocba_core.workflow.states: Delivery
    Column("delivered_at", BigInteger),
    Column("delivery_reason", Text),
    Column("created_by", String(36), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
Index(
    "uq_transcripts_live",
    transcripts.c.school_id,
    transcripts.c.year,
    transcripts.c.pupil_id,
    unique=True,
    sqlite_where=text("life = 'live'"),
    postgresql_where=text("life = 'live'"),
)
Index("ix_transcripts_class", transcripts.c.school_id, transcripts.c.class_id, transcripts.c.life)

slots = tenant(
    "slots",
    Column("transcript_id", String(36), primary_key=True),
    Column("slot", String(20), primary_key=True),  # gvbm-1 … gvcn, cbql, phat-hanh
    Column("kind", String(10), nullable=False),
    Column("person_id", String(36)),  # who must sign; null: the school's seal
    Column("target_digest", LargeBinary),  # null until its part is frozen
    Column("signature", LargeBinary),  # the whole ds:Signature element; null: unsigned
    Column("signed_at", BigInteger),
    Column("signed_by", String(36)),  # people.id of who pressed Ký
    Column("fingerprint", String(64)),
    Column("attempt_id", String(36)),
)
Index("ix_slots_person", slots.c.school_id, slots.c.person_id, slots.c.kind)

# --- one confirmation --------------------------------------------------------------------------

confirmations = tenant(  # a person pressed Ký once
    "confirmations",
    Column("id", String(36), primary_key=True),
    Column("key", String(80), nullable=False),  # the caller's one-time key
    Column("person_id", String(36), nullable=False),
    Column("slot_kind", String(10), nullable=False),  # a SlotKind, or "goi"
    Column("account_id", String(36), nullable=False),  # signing_accounts.id
    Column("state", String(10), nullable=False),  # signing/states.py: ConfirmationState
    Column("created_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    UniqueConstraint("school_id", "key"),
)

requests = tenant(  # one vendor transaction, or one agent job; the row is the queue
    "requests",
    Column("id", String(36), primary_key=True),
    Column("confirmation_id", String(36), nullable=False),
    Column("number", Integer, nullable=False),
    Column("source", String(40), nullable=False),  # provider key, or "token"
    Column("session_id", String(36)),
    Column("state", String(10), nullable=False),  # signing/states.py: RequestState
    Column("handle", JSON),
    Column("needs", String(10)),
    Column("verification_code", String(40)),
    Column("poll_millis", Integer),  # as the vendor announced it
    Column("expires_at", BigInteger),
    Column("asked_at", BigInteger),  # set in the transaction before the vendor is called
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("error", String(60)),
    Column("error_facts", JSON),
    Column("next_at", BigInteger),  # null: nothing to do until somebody else acts
    Column("lease_owner", String(60)),
    Column("lease_until", BigInteger),
)
Index("ix_requests_due", requests.c.next_at)
Index("ix_requests_confirmation", requests.c.school_id, requests.c.confirmation_id)

attempts = tenant(  # one transcript (or package), one slot; unique while alive
    "attempts",
    Column("id", String(36), primary_key=True),
    Column("request_id", String(36), nullable=False),
    Column("subject_id", String(36), nullable=False),  # transcripts.id, or packages.id
    Column("slot", String(20), nullable=False),
    Column("state", String(10), nullable=False),  # signing/states.py: AttemptState
    Column("error", String(60)),
    Column("error_facts", JSON),
    Column("ended_at", BigInteger),
)
Index(
    "uq_attempts_alive",
    attempts.c.school_id,
    attempts.c.subject_id,
    attempts.c.slot,
    unique=True,
    sqlite_where=text("state = 'alive'"),
    postgresql_where=text("state = 'alive'"),
)
Index("ix_attempts_request", attempts.c.school_id, attempts.c.request_id)

items = tenant(  # the exact bytes to be signed, and the value that came back
    "items",
    Column("id", String(36), primary_key=True),
    Column("attempt_id", String(36), nullable=False),
    Column("kind", String(4), nullable=False),  # xml, pdf
    Column("title", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("prepared", LargeBinary, nullable=False),  # what embed() needs: to_bytes() of xades or pades
    Column("prepared_blob", String(64)),  # blob of the PDF with its hole
    Column("value", LargeBinary),  # kept for ever, also an orphan's
)
Index("ix_items_attempt", items.c.school_id, items.c.attempt_id)

# --- sending -----------------------------------------------------------------------------------

packages = tenant(  # class packages; leased like requests
    "packages",
    Column("id", String(36), primary_key=True),
    Column("class_id", String(36), nullable=False),
    Column("event", String(10), nullable=False),  # SuKien
    Column("version", Integer, nullable=False),
    Column("manifest", String(64), nullable=False),  # blob
    Column("sealed", String(64)),  # blob: the bytes that are sent
    Column("state", String(10), nullable=False),  # signing/states.py: PackageState
    Column("receipt_id", String(100)),
    Column("receipt", JSON),
    Column("created_by", String(36), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_at", BigInteger),
    Column("lease_owner", String(60)),
    Column("lease_until", BigInteger),
)
Index("ix_packages_due", packages.c.next_at)

package_records = tenant(
    "package_records",
    Column("package_id", String(36), primary_key=True),
    Column("transcript_id", String(36), primary_key=True),
    Column("accepted", Boolean),
    Column("code", String(40)),
    Column("message", Text),
)

# --- evidence ----------------------------------------------------------------------------------

audit = tenant(  # append-only hash chain per school (hocba_core.audit); an office's stands under departments.id
    "audit",
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(36)),
    Column("event", String(60), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

audit_anchors = Table(  # every school's head together, once a day
    "audit_anchors",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("heads", JSON, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

blobs = Table(  # only where blobs live in the database (PostgreSQL on many machines)
    "blobs",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("bytes", LargeBinary, nullable=False),
)
