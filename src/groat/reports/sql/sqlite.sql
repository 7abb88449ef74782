-- Figures of days on SQLite: narrow rows, laid in the order of their days.

CREATE TABLE reports_posted (
    programme bigint NOT NULL,
    day date NOT NULL,
    hour smallint NOT NULL,
    kind text NOT NULL,
    account smallint NOT NULL,
    till bigint NOT NULL,
    actor text NOT NULL,
    means text NOT NULL,
    entries bigint NOT NULL,
    amount_minor bigint NOT NULL,
    worth_minor bigint NOT NULL,
    PRIMARY KEY (programme, day, hour, kind, account, till, actor, means)
) WITHOUT ROWID;

CREATE TABLE reports_sold (
    programme bigint NOT NULL,
    day date NOT NULL,
    hour smallint NOT NULL,
    till bigint NOT NULL,
    actor text NOT NULL,
    product bigint NOT NULL,
    vat_rate integer NOT NULL,
    is_back smallint NOT NULL,
    quantity bigint NOT NULL,
    credits_minor bigint NOT NULL,
    cash_minor bigint NOT NULL,
    worth_minor bigint NOT NULL,
    vat_minor bigint NOT NULL,
    PRIMARY KEY (programme, day, hour, till, actor, product, vat_rate, is_back)
) WITHOUT ROWID;
