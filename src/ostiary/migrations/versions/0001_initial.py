"""The first schema. Columns are integers (instants: Unix seconds), text and bytes (JSON, digests, sealed values)."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.String(36)
AT = sa.BigInteger()


def upgrade() -> None:
    state = op.create_table(
        "server_state",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("clock_offset", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(state, [{"id": 1, "revision": 1, "clock_offset": 0}])
    op.create_table(
        "projects",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "clients",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "templates",
        sa.Column("id", ID, primary_key=True),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("saved_at", AT, nullable=False),
    )
    op.create_index("ix_templates_name", "templates", ["purpose", "channel", "locale", "id"])
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.Text, primary_key=True),
        sa.Column("alg", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("public", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("activated_at", AT),
        sa.Column("retired_at", AT),
    )
    op.create_table(
        "users",
        sa.Column("id", ID, primary_key=True),
        sa.Column("profile", sa.LargeBinary, nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("updated_at", AT, nullable=False),
        sa.Column("last_login_at", AT),
        sa.Column("last_login_type", sa.Text),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_at", AT),
        sa.Column("locked_until", AT),
        sa.Column("pending", sa.Integer, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("names", sa.Text, nullable=False),
        sa.Column("metadata", sa.LargeBinary, nullable=False),
    )
    op.create_index("uq_users_external_id", "users", ["external_id"], unique=True)
    op.create_index("ix_users_created", "users", ["created_at"])
    op.create_index(
        "ix_users_pending",
        "users",
        ["id"],
        sqlite_where=sa.text("pending = 1"),
        postgresql_where=sa.text("pending = 1"),
    )
    op.create_table(
        "contacts",
        sa.Column("id", ID, primary_key=True),
        sa.Column("user_id", ID, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("verified_at", AT),
        sa.Column("is_primary", sa.Integer, nullable=False),
        sa.Column("created_at", AT, nullable=False),
    )
    op.create_index("uq_contacts_address", "contacts", ["channel", "address"], unique=True)
    op.create_index("ix_contacts_user", "contacts", ["user_id"])
    op.create_index(
        "ix_contacts_unverified",
        "contacts",
        ["channel", "user_id"],
        sqlite_where=sa.text("verified_at IS NULL"),
        postgresql_where=sa.text("verified_at IS NULL"),
    )
    op.create_table(
        "credentials",
        sa.Column("id", ID, primary_key=True),
        sa.Column("user_id", ID, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("enrolled", ID, nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("proved_at", AT),
    )
    op.create_index(
        "uq_credentials_authenticator", "credentials", ["user_id", "kind", "address"], unique=True
    )
    op.create_table(
        "strikes",
        sa.Column("user_id", ID, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
        # of a credential, of a contact point whose codes prove no credential, or what stands in for either
        sa.Column("authenticator", sa.Text, primary_key=True),
        sa.Column("strikes", sa.Integer, nullable=False),
    )
    op.create_index(  # nobody has another's passkey (WA-3)
        "uq_credentials_passkey",
        "credentials",
        ["address"],
        unique=True,
        sqlite_where=sa.text("kind = 'webauthn'"),
        postgresql_where=sa.text("kind = 'webauthn'"),
    )
    op.create_index(
        "ix_credentials_phone",
        "credentials",
        ["address"],
        sqlite_where=sa.text("kind = 'sms'"),
        postgresql_where=sa.text("kind = 'sms'"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", ID, primary_key=True),
        sa.Column("user_id", ID, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("proofs", sa.LargeBinary, nullable=False),
        sa.Column("started_at", AT, nullable=False),
        sa.Column("seen_at", AT, nullable=False),
        sa.Column("lifetime", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("ended_at", AT),
        sa.Column("former_digest", sa.LargeBinary),
        sa.Column("former_until", AT),
        sa.Column("ip", sa.Text),
        sa.Column("user_agent", sa.Text),
        sa.Column("claims", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_sessions_user", "sessions", ["user_id"])
    op.create_index("ix_sessions_expires", "sessions", ["expires_at"])
    op.create_table(
        "devices",
        sa.Column("id", ID, primary_key=True),
        sa.Column("user_id", ID, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("spent_digest", sa.LargeBinary),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("used_at", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("ip", sa.Text),
        sa.Column("country", sa.Text),
        sa.Column("user_agent", sa.Text),
    )
    op.create_index("ix_devices_user", "devices", ["user_id"])
    op.create_index("ix_devices_expires", "devices", ["expires_at"])
    op.create_table(
        "transactions",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        # no reference: what is begun for an unknown address is nobody's, and looks the same (AB-1)
        sa.Column("user_id", ID, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("session_id", ID),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("particulars", sa.LargeBinary, nullable=False),
        sa.Column("proofs", sa.LargeBinary, nullable=False),
        sa.Column("mfa_required", sa.Integer, nullable=False),
        sa.Column("sends", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("ended_at", AT),
    )
    op.create_index("ix_transactions_user", "transactions", ["user_id"])
    op.create_index(  # of what is in progress alone: what a user has behind them is kept for a while
        "ix_transactions_open",
        "transactions",
        ["user_id", "kind"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_transactions_expires", "transactions", ["expires_at"])
    op.create_table(
        "challenges",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "transaction_id",
            ID,
            sa.ForeignKey("transactions.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("credential_id", ID),
        sa.Column("expected", sa.LargeBinary, nullable=False),
        sa.Column("digits", sa.Integer, nullable=False),
        sa.Column("link_digest", sa.LargeBinary),
        sa.Column("browser_digest", sa.LargeBinary),
        sa.Column("link_expires_at", AT),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("closed_at", AT),
    )
    op.create_index("ix_challenges_transaction", "challenges", ["transaction_id"])
    op.create_table(
        "ceremonies",
        sa.Column(
            "transaction_id",
            ID,
            sa.ForeignKey("transactions.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "grants",
        sa.Column("id", ID, primary_key=True),
        sa.Column("user_id", ID, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("session_id", ID),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("proofs", sa.LargeBinary, nullable=False),
        sa.Column("code_digest", sa.LargeBinary, nullable=False),
        sa.Column("code_expires_at", AT, nullable=False),
        sa.Column("redeemed_at", AT),
        sa.Column("family_digest", sa.LargeBinary),
        sa.Column("refresh_digest", sa.LargeBinary),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("revoked_at", AT),
    )
    op.create_index("ix_grants_user", "grants", ["user_id", "client_id"])
    op.create_index("ix_grants_expires", "grants", ["expires_at"])
    op.create_table(
        "client_tokens",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "client_id", sa.Text, sa.ForeignKey("clients.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("expires_at", AT, nullable=False),
    )
    op.create_index("ix_client_tokens_client", "client_tokens", ["client_id"])
    op.create_index("ix_client_tokens_expires", "client_tokens", ["expires_at"])
    op.create_table(
        "outbox",
        sa.Column("id", ID, primary_key=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("queued_at", AT, nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("sent_at", AT),
        sa.Column("failed_at", AT),
    )
    waiting = sa.text("sent_at IS NULL AND failed_at IS NULL")
    op.create_index(  # of what waits alone: what was sent is kept for days, and looked at by nobody
        "ix_outbox_due",
        "outbox",
        ["due_at", "id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index("ix_outbox_queued", "outbox", ["queued_at"])
    op.create_table(
        "limits",
        sa.Column("bucket", sa.Text, primary_key=True),
        sa.Column("started_at", AT, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
    )
    op.create_index("ix_limits_started", "limits", ["started_at"])
    op.create_table(
        "journal",
        sa.Column("id", ID, primary_key=True),
        sa.Column("at", AT, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("user_id", ID),
        sa.Column("client_id", sa.Text),
        sa.Column("ip", sa.Text),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_journal_user", "journal", ["user_id", "id"])
    op.create_table(
        "journal_seals",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("until", ID, nullable=False),
        sa.Column("lines", sa.Integer, nullable=False),
        sa.Column("first_at", AT, nullable=False),
        sa.Column("last_at", AT, nullable=False),
        sa.Column("entries", sa.LargeBinary),  # none once the lines were forgotten
        sa.Column("entries_digest", sa.LargeBinary, nullable=False),
        sa.Column("mac", sa.LargeBinary, nullable=False),
        sa.Column("forgotten", sa.LargeBinary),
    )
    op.create_table(
        "journal_head",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("mac", sa.LargeBinary, nullable=False),
        sa.Column("signed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "administrators",
        sa.Column("id", ID, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("password", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.Column("created_at", AT, nullable=False),
    )
    op.create_index("uq_administrators_email", "administrators", ["email"], unique=True)
    op.create_table(
        "console_links",
        sa.Column("id", ID, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
    )
    op.create_table(
        "console_sessions",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "administrator_id",
            ID,
            sa.ForeignKey("administrators.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("started_at", AT, nullable=False),
        sa.Column("seen_at", AT, nullable=False),
        sa.Column("confirmed_at", AT, nullable=False),
    )
    op.create_table(
        "console_passkeys",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "administrator_id",
            ID,
            sa.ForeignKey("administrators.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("used_at", AT),
    )
    op.create_index("uq_console_passkeys_address", "console_passkeys", ["address"], unique=True)
    op.create_index("ix_console_passkeys_owner", "console_passkeys", ["administrator_id"])
    op.create_table(
        "console_questions",
        sa.Column("id", ID, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("administrator_id", ID),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("the first schema has nothing before it; restore a backup instead")
