-- The book's tables on PostgreSQL.
--
-- What a constraint or trigger can refuse is refused here, whoever writes. Triggers look at whole
-- statements, never at single rows, so that a batch of a hundred payments pays for them once.

CREATE TABLE ledger_account (
    programme bigint NOT NULL,
    id bigint NOT NULL,
    opened_at timestamptz NOT NULL,
    PRIMARY KEY (programme, id)
);

-- Half of each page stays free: an update then finds room beside the row it replaces, and with no
-- index on what changes, no index has to know.
CREATE TABLE ledger_balance (
    programme bigint NOT NULL,
    account bigint NOT NULL,
    posted_minor bigint NOT NULL DEFAULT 0,
    held_minor bigint NOT NULL DEFAULT 0,
    floor_minor bigint,
    overdrawn_minor bigint NOT NULL DEFAULT 0,
    sequence bigint NOT NULL DEFAULT 0,
    next_due timestamptz,
    PRIMARY KEY (programme, account),
    CONSTRAINT wallet_not_below_its_floor
        CHECK (floor_minor IS NULL OR posted_minor - held_minor >= floor_minor - overdrawn_minor),
    CONSTRAINT only_a_wallet_has_a_floor CHECK ((floor_minor IS NULL) = (account <= 99)),
    CONSTRAINT a_floor_is_not_above_zero CHECK (floor_minor <= 0),
    CONSTRAINT held_not_below_zero CHECK (held_minor >= 0),
    CONSTRAINT overdrawn_not_below_zero CHECK (overdrawn_minor >= 0)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE ledger_entry (
    programme bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    reverses bigint,
    hold bigint,
    actor text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (programme, id)
);
CREATE INDEX ledger_entry_reverses ON ledger_entry (programme, reverses) WHERE reverses IS NOT NULL;

CREATE TABLE ledger_posting (
    programme bigint NOT NULL,
    entry bigint NOT NULL,
    account bigint NOT NULL,
    amount_minor bigint NOT NULL,
    sequence bigint NOT NULL,
    balance_minor bigint NOT NULL,
    PRIMARY KEY (programme, entry, account),
    CONSTRAINT one_posting_a_place UNIQUE (programme, account, sequence),
    CONSTRAINT a_posting_moves_something CHECK (amount_minor <> 0)
);

CREATE TABLE ledger_lot (
    programme bigint NOT NULL,
    account bigint NOT NULL,
    id bigint NOT NULL,
    entry bigint NOT NULL,
    origin text NOT NULL,
    granted_minor bigint NOT NULL,
    remaining_minor bigint NOT NULL,
    held_minor bigint NOT NULL DEFAULT 0,
    settled_minor bigint NOT NULL DEFAULT 0,
    expired_minor bigint NOT NULL DEFAULT 0,
    granted_until timestamptz,
    expires_at timestamptz,
    live boolean NOT NULL,
    PRIMARY KEY (programme, account, id),
    CONSTRAINT lot_not_below_zero CHECK (remaining_minor >= 0),
    CONSTRAINT lot_not_above_what_was_granted CHECK (remaining_minor + settled_minor + expired_minor <= granted_minor),
    CONSTRAINT held_of_a_lot_is_there CHECK (held_minor BETWEEN 0 AND remaining_minor),
    CONSTRAINT settled_not_below_zero CHECK (settled_minor >= 0),
    CONSTRAINT expired_not_below_zero CHECK (expired_minor >= 0),
    CONSTRAINT a_lot_lives_while_it_has_credit CHECK (live = (remaining_minor > 0))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
-- On `live`, not on `remaining_minor > 0`: it changes once in a lot's life, so payments stay cheap.
CREATE INDEX ledger_lot_live ON ledger_lot (programme, account) WHERE live;

CREATE TABLE ledger_lot_use (
    programme bigint NOT NULL,
    entry bigint NOT NULL,
    lot bigint NOT NULL,
    account bigint NOT NULL,
    amount_minor bigint NOT NULL,
    PRIMARY KEY (programme, entry, lot)
);

CREATE TABLE ledger_lot_date (
    programme bigint NOT NULL,
    entry bigint NOT NULL,
    lot bigint NOT NULL,
    account bigint NOT NULL,
    expired_at timestamptz,
    expires_at timestamptz,
    PRIMARY KEY (programme, entry, lot)
);

CREATE TABLE ledger_hold (
    programme bigint NOT NULL,
    id bigint NOT NULL,
    account bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    captured_minor bigint NOT NULL DEFAULT 0,
    released_minor bigint NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL,
    closed_at timestamptz,
    PRIMARY KEY (programme, id),
    CONSTRAINT a_hold_closes_whole CHECK (
        captured_minor >= 0 AND released_minor >= 0
        AND captured_minor + released_minor = CASE WHEN closed_at IS NULL THEN 0 ELSE amount_minor END
    )
);
CREATE INDEX ledger_hold_open ON ledger_hold (programme, account) WHERE closed_at IS NULL;

CREATE TABLE ledger_hold_lot (
    programme bigint NOT NULL,
    hold bigint NOT NULL,
    lot bigint NOT NULL,
    account bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    PRIMARY KEY (programme, hold, lot)
);

CREATE TABLE ledger_request (
    programme bigint NOT NULL,
    client text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    outcome text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (programme, client, key)
);

CREATE TABLE ledger_block (
    programme bigint NOT NULL,
    number bigint NOT NULL,
    horizon bigint NOT NULL,
    entries bigint NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    sealed_at timestamptz NOT NULL,
    PRIMARY KEY (programme, number)
);

CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['account', 'entry', 'posting', 'lot_use', 'lot_date', 'block'] LOOP
        EXECUTE format(
            'CREATE TRIGGER ledger_%1$s_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_%1$s '
            'FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()', name);
    END LOOP;
END $$;

-- These change, but nothing of them is ever gone: what is used up or closed stays to be read.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['balance', 'lot', 'hold', 'request'] LOOP
        EXECUTE format(
            'CREATE TRIGGER ledger_%1$s_stays BEFORE DELETE OR TRUNCATE ON ledger_%1$s '
            'FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()', name);
    END LOOP;
END $$;

-- Postings come with their entry, in the same transaction, and sum to zero in each unit; and no entry
-- comes after its time was sealed. In one query, for each that a trigger asks costs as much as ten rows.
CREATE FUNCTION ledger_refuse_posting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong record;
BEGIN
    SELECT posted.entry, posted.credit <> 0 OR posted.currency <> 0 AS unbalanced, entry.id IS NULL AS missing,
           entry.xmin <> own.xmin AS closed
    INTO wrong
    FROM (
        SELECT programme, entry,
               coalesce(sum(amount_minor) FILTER (WHERE account NOT BETWEEN 20 AND 99), 0) AS credit,
               coalesce(sum(amount_minor) FILTER (WHERE account BETWEEN 20 AND 99), 0) AS currency
        FROM added GROUP BY programme, entry
    ) AS posted
    -- By the entry alone: with the account, the planner might look through all that a tally ever got.
    JOIN ledger_posting AS own ON own.programme = posted.programme AND own.entry = posted.entry
    LEFT JOIN ledger_entry AS entry ON entry.programme = posted.programme AND entry.id = posted.entry
    WHERE posted.credit <> 0 OR posted.currency <> 0 OR entry.id IS NULL OR entry.xmin <> own.xmin
       OR posted.entry <= (
              SELECT horizon FROM ledger_block AS block
              WHERE block.programme = posted.programme ORDER BY number DESC LIMIT 1
          )
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    ELSIF wrong.unbalanced THEN
        RAISE EXCEPTION 'the postings of entry % do not sum to zero', wrong.entry
            USING ERRCODE = 'check_violation', CONSTRAINT = 'an_entry_sums_to_zero';
    ELSIF wrong.missing THEN
        RAISE EXCEPTION 'there is no entry % to post to', wrong.entry
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'a_posting_has_its_entry';
    ELSIF wrong.closed THEN
        RAISE EXCEPTION 'entry % is closed: its postings come with it', wrong.entry
            USING ERRCODE = 'check_violation', CONSTRAINT = 'an_entry_is_closed';
    END IF;
    RAISE EXCEPTION 'entry % comes after its time was sealed', wrong.entry
        USING ERRCODE = 'check_violation', CONSTRAINT = 'an_entry_is_not_older_than_the_seal';
END $$;
CREATE TRIGGER ledger_posting_is_in_order AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_posting();

-- The same for an entry that has no postings, because it moves nothing but dates.
CREATE FUNCTION ledger_refuse_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id <= (
        SELECT horizon FROM ledger_block WHERE programme = NEW.programme ORDER BY number DESC LIMIT 1
    ) THEN
        RAISE EXCEPTION 'entry % comes after its time was sealed', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'an_entry_is_not_older_than_the_seal';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entry_is_not_late AFTER INSERT ON ledger_entry
    FOR EACH ROW WHEN (NEW.kind = 'extension') EXECUTE FUNCTION ledger_refuse_late();

CREATE FUNCTION ledger_refuse_reopening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'hold % is closed', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_hold_is_closed_once';
END $$;
CREATE TRIGGER ledger_hold_is_closed_once BEFORE UPDATE ON ledger_hold
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION ledger_refuse_reopening();
