-- The book's tables on SQLite.
--
-- SQLite has no trigger that sees a whole statement, so an entry is written after its postings and
-- closes them: it is refused unless they sum to zero, and nothing can be posted to it afterwards.
-- A posting whose entry never comes fails the deferred foreign key at commit.

CREATE TABLE ledger_account (
    programme bigint NOT NULL,
    id bigint NOT NULL,
    opened_at datetime NOT NULL,
    PRIMARY KEY (programme, id)
) WITHOUT ROWID;

CREATE TABLE ledger_balance (
    programme bigint NOT NULL,
    account bigint NOT NULL,
    posted_minor bigint NOT NULL DEFAULT 0,
    held_minor bigint NOT NULL DEFAULT 0,
    floor_minor bigint,
    overdrawn_minor bigint NOT NULL DEFAULT 0,
    sequence bigint NOT NULL DEFAULT 0,
    next_due datetime,
    PRIMARY KEY (programme, account),
    CONSTRAINT wallet_not_below_its_floor
        CHECK (floor_minor IS NULL OR posted_minor - held_minor >= floor_minor - overdrawn_minor),
    CONSTRAINT only_a_wallet_has_a_floor CHECK ((floor_minor IS NULL) = (account <= 99)),
    CONSTRAINT a_floor_is_not_above_zero CHECK (floor_minor <= 0),
    CONSTRAINT held_not_below_zero CHECK (held_minor >= 0),
    CONSTRAINT overdrawn_not_below_zero CHECK (overdrawn_minor >= 0)
) WITHOUT ROWID;

CREATE TABLE ledger_entry (
    programme bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    at datetime NOT NULL,
    reverses bigint,
    hold bigint,
    actor text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (programme, id)
) WITHOUT ROWID;
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
    CONSTRAINT a_posting_moves_something CHECK (amount_minor <> 0),
    CONSTRAINT a_posting_has_its_entry FOREIGN KEY (programme, entry)
        REFERENCES ledger_entry (programme, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID;

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
    granted_until datetime,
    expires_at datetime,
    live boolean NOT NULL,
    PRIMARY KEY (programme, account, id),
    CONSTRAINT lot_not_below_zero CHECK (remaining_minor >= 0),
    CONSTRAINT lot_not_above_what_was_granted CHECK (remaining_minor + settled_minor + expired_minor <= granted_minor),
    CONSTRAINT held_of_a_lot_is_there CHECK (held_minor BETWEEN 0 AND remaining_minor),
    CONSTRAINT settled_not_below_zero CHECK (settled_minor >= 0),
    CONSTRAINT expired_not_below_zero CHECK (expired_minor >= 0),
    CONSTRAINT a_lot_lives_while_it_has_credit CHECK (live = (remaining_minor > 0))
) WITHOUT ROWID;
CREATE INDEX ledger_lot_live ON ledger_lot (programme, account) WHERE live;

CREATE TABLE ledger_lot_use (
    programme bigint NOT NULL,
    entry bigint NOT NULL,
    lot bigint NOT NULL,
    account bigint NOT NULL,
    amount_minor bigint NOT NULL,
    PRIMARY KEY (programme, entry, lot)
) WITHOUT ROWID;

CREATE TABLE ledger_lot_date (
    programme bigint NOT NULL,
    entry bigint NOT NULL,
    lot bigint NOT NULL,
    account bigint NOT NULL,
    expired_at datetime,
    expires_at datetime,
    PRIMARY KEY (programme, entry, lot)
) WITHOUT ROWID;

CREATE TABLE ledger_hold (
    programme bigint NOT NULL,
    id bigint NOT NULL,
    account bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    captured_minor bigint NOT NULL DEFAULT 0,
    released_minor bigint NOT NULL DEFAULT 0,
    expires_at datetime NOT NULL,
    closed_at datetime,
    PRIMARY KEY (programme, id),
    CONSTRAINT a_hold_closes_whole CHECK (
        captured_minor >= 0 AND released_minor >= 0
        AND captured_minor + released_minor = CASE WHEN closed_at IS NULL THEN 0 ELSE amount_minor END
    )
) WITHOUT ROWID;
CREATE INDEX ledger_hold_open ON ledger_hold (programme, account) WHERE closed_at IS NULL;

CREATE TABLE ledger_hold_lot (
    programme bigint NOT NULL,
    hold bigint NOT NULL,
    lot bigint NOT NULL,
    account bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    PRIMARY KEY (programme, hold, lot)
) WITHOUT ROWID;

CREATE TABLE ledger_request (
    programme bigint NOT NULL,
    client text NOT NULL,
    key text NOT NULL,
    fingerprint blob NOT NULL,
    outcome text NOT NULL,
    at datetime NOT NULL,
    PRIMARY KEY (programme, client, key)
) WITHOUT ROWID;

CREATE TABLE ledger_block (
    programme bigint NOT NULL,
    number bigint NOT NULL,
    horizon bigint NOT NULL,
    entries bigint NOT NULL,
    previous blob NOT NULL,
    hash blob NOT NULL,
    sealed_at datetime NOT NULL,
    PRIMARY KEY (programme, number)
) WITHOUT ROWID;

CREATE TRIGGER ledger_account_is_not_changed BEFORE UPDATE ON ledger_account
BEGIN SELECT RAISE(ABORT, 'ledger_account is append-only'); END;
CREATE TRIGGER ledger_account_is_not_deleted BEFORE DELETE ON ledger_account
BEGIN SELECT RAISE(ABORT, 'ledger_account is append-only'); END;
CREATE TRIGGER ledger_entry_is_not_changed BEFORE UPDATE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'ledger_entry is append-only'); END;
CREATE TRIGGER ledger_entry_is_not_deleted BEFORE DELETE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'ledger_entry is append-only'); END;
CREATE TRIGGER ledger_posting_is_not_changed BEFORE UPDATE ON ledger_posting
BEGIN SELECT RAISE(ABORT, 'ledger_posting is append-only'); END;
CREATE TRIGGER ledger_posting_is_not_deleted BEFORE DELETE ON ledger_posting
BEGIN SELECT RAISE(ABORT, 'ledger_posting is append-only'); END;
CREATE TRIGGER ledger_lot_use_is_not_changed BEFORE UPDATE ON ledger_lot_use
BEGIN SELECT RAISE(ABORT, 'ledger_lot_use is append-only'); END;
CREATE TRIGGER ledger_lot_use_is_not_deleted BEFORE DELETE ON ledger_lot_use
BEGIN SELECT RAISE(ABORT, 'ledger_lot_use is append-only'); END;
CREATE TRIGGER ledger_lot_date_is_not_changed BEFORE UPDATE ON ledger_lot_date
BEGIN SELECT RAISE(ABORT, 'ledger_lot_date is append-only'); END;
CREATE TRIGGER ledger_lot_date_is_not_deleted BEFORE DELETE ON ledger_lot_date
BEGIN SELECT RAISE(ABORT, 'ledger_lot_date is append-only'); END;
CREATE TRIGGER ledger_block_is_not_changed BEFORE UPDATE ON ledger_block
BEGIN SELECT RAISE(ABORT, 'ledger_block is append-only'); END;
CREATE TRIGGER ledger_block_is_not_deleted BEFORE DELETE ON ledger_block
BEGIN SELECT RAISE(ABORT, 'ledger_block is append-only'); END;

-- `INSERT OR REPLACE` deletes without a delete trigger: what is there already is not inserted again.
CREATE TRIGGER ledger_account_is_not_replaced BEFORE INSERT ON ledger_account
WHEN EXISTS (SELECT 1 FROM ledger_account WHERE programme = NEW.programme AND id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'ledger_account is append-only'); END;
CREATE TRIGGER ledger_entry_is_not_replaced BEFORE INSERT ON ledger_entry
WHEN EXISTS (SELECT 1 FROM ledger_entry WHERE programme = NEW.programme AND id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'ledger_entry is append-only'); END;
CREATE TRIGGER ledger_lot_use_is_not_replaced BEFORE INSERT ON ledger_lot_use
WHEN EXISTS (SELECT 1 FROM ledger_lot_use WHERE programme = NEW.programme AND entry = NEW.entry AND lot = NEW.lot)
BEGIN SELECT RAISE(ABORT, 'ledger_lot_use is append-only'); END;
CREATE TRIGGER ledger_lot_date_is_not_replaced BEFORE INSERT ON ledger_lot_date
WHEN EXISTS (SELECT 1 FROM ledger_lot_date WHERE programme = NEW.programme AND entry = NEW.entry AND lot = NEW.lot)
BEGIN SELECT RAISE(ABORT, 'ledger_lot_date is append-only'); END;
CREATE TRIGGER ledger_block_is_not_replaced BEFORE INSERT ON ledger_block
WHEN EXISTS (SELECT 1 FROM ledger_block WHERE programme = NEW.programme AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'ledger_block is append-only'); END;

CREATE TRIGGER ledger_posting_is_not_late BEFORE INSERT ON ledger_posting
WHEN EXISTS (SELECT 1 FROM ledger_entry WHERE programme = NEW.programme AND id = NEW.entry)
BEGIN SELECT RAISE(ABORT, 'an_entry_is_closed'); END;

CREATE TRIGGER ledger_entry_is_balanced BEFORE INSERT ON ledger_entry
WHEN EXISTS (
    SELECT 1 FROM ledger_posting WHERE programme = NEW.programme AND entry = NEW.id
    GROUP BY account BETWEEN 20 AND 99 HAVING sum(amount_minor) <> 0
)
BEGIN SELECT RAISE(ABORT, 'an_entry_sums_to_zero'); END;

CREATE TRIGGER ledger_entry_is_not_late BEFORE INSERT ON ledger_entry
WHEN NEW.id <= (SELECT horizon FROM ledger_block WHERE programme = NEW.programme ORDER BY number DESC LIMIT 1)
BEGIN SELECT RAISE(ABORT, 'an_entry_is_not_older_than_the_seal'); END;

CREATE TRIGGER ledger_hold_is_closed_once BEFORE UPDATE ON ledger_hold WHEN OLD.closed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a_hold_is_closed_once'); END;

CREATE TRIGGER ledger_balance_stays BEFORE DELETE ON ledger_balance
BEGIN SELECT RAISE(ABORT, 'ledger_balance is append-only'); END;
CREATE TRIGGER ledger_lot_stays BEFORE DELETE ON ledger_lot
BEGIN SELECT RAISE(ABORT, 'ledger_lot is append-only'); END;
CREATE TRIGGER ledger_hold_stays BEFORE DELETE ON ledger_hold
BEGIN SELECT RAISE(ABORT, 'ledger_hold is append-only'); END;
CREATE TRIGGER ledger_request_stays BEFORE DELETE ON ledger_request
BEGIN SELECT RAISE(ABORT, 'ledger_request is append-only'); END;
