"""A session at a vendor says which keys it reaches: one that was opened with a colleague's name signs nothing"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("provider_sessions", schema=None) as batch_op:
        # sessions from before reach nothing that is known: their people log in once more
        batch_op.add_column(sa.Column("refs", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("provider_sessions", schema=None) as batch_op:
        batch_op.drop_column("refs")
