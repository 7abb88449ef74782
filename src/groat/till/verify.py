"""Whether the tills' payments agree with the book."""

from groat.ledger.verify import Check

CHECKS = (
    Check(
        "payment_differs_from_entry",
        "payments took what their entries took",
        """
        SELECT payment.id, payment.amount_minor, coalesce(-posting.amount_minor, 0) AS posted_minor
        FROM groat_payment AS payment
        LEFT JOIN ledger_entry AS entry ON entry.programme = payment.programme_id AND entry.id = payment.entry_id
            AND entry.kind IN ('spend', 'capture')
        LEFT JOIN ledger_posting AS posting ON posting.programme = entry.programme AND posting.entry = entry.id
            AND posting.account = payment.wallet_id
        WHERE payment.programme_id = %(programme)s AND payment.state = 'paid'
            AND payment.amount_minor <> coalesce(-posting.amount_minor, 0)
        ORDER BY payment.id
        """,
        "Payment %(id)s is paid with %(amount_minor)s; its entry took %(posted_minor)s from the wallet.",
    ),
    Check(
        "split_differs_from_checkout",
        "credits and cash are what the basket came to",
        """
        SELECT payment.id, payment.amount_minor, payment.cash_minor, checkout.amount_minor AS whole_minor
        FROM groat_payment AS payment JOIN groat_checkout AS checkout ON checkout.id = payment.checkout_id
        WHERE payment.programme_id = %(programme)s
            AND (payment.amount_minor + payment.cash_minor <> checkout.amount_minor
                 OR payment.cash_minor <> checkout.cash_minor)
        ORDER BY payment.id
        """,
        "Payment %(id)s took %(amount_minor)s and %(cash_minor)s in cash for a basket of %(whole_minor)s.",
    ),
    Check(
        "entry_paid_twice",
        "no entry pays for two payments",
        """
        SELECT entry_id, count(*) AS number FROM groat_payment
        WHERE programme_id = %(programme)s AND entry_id IS NOT NULL GROUP BY entry_id HAVING count(*) > 1
        ORDER BY entry_id
        """,
        "Entry %(entry_id)s stands for %(number)s payments.",
    ),
    Check(
        "entry_without_payment",
        "each capture and each payment asked of the book is a payment at a till",
        """
        SELECT entry.id, entry.kind FROM ledger_entry AS entry
        LEFT JOIN (SELECT entry_id FROM groat_payment WHERE programme_id = %(programme)s) AS payment
            ON payment.entry_id = entry.id
        WHERE entry.programme = %(programme)s AND entry.kind IN ('spend', 'capture') AND payment.entry_id IS NULL
        ORDER BY entry.id
        """,
        "Entry %(id)s (%(kind)s) took credits for no payment.",
    ),
    Check(
        "unpaid_payment_took_credits",
        "what waits or was cancelled took nothing",
        """
        SELECT payment.id, payment.state FROM groat_payment AS payment
        LEFT JOIN ledger_hold AS hold ON hold.programme = payment.programme_id AND hold.id = payment.id
            AND hold.account = payment.wallet_id AND hold.amount_minor = payment.amount_minor
            AND hold.captured_minor = 0
        WHERE payment.programme_id = %(programme)s AND payment.state <> 'paid'
            AND (payment.entry_id IS NOT NULL OR hold.id IS NULL)
        ORDER BY payment.id
        """,
        "Payment %(id)s is %(state)s, but its hold took credits, or there is none.",
    ),
    Check(
        "refunded_differs",
        "payments know what was given back of them",
        """
        SELECT payment.id, payment.refunded_minor, coalesce(total, 0) AS total FROM groat_payment AS payment
        LEFT JOIN (
            SELECT payment_id, sum(amount_minor) AS total FROM groat_refund
            WHERE programme_id = %(programme)s GROUP BY payment_id
        ) AS given ON given.payment_id = payment.id
        WHERE payment.programme_id = %(programme)s AND payment.refunded_minor <> coalesce(total, 0)
        ORDER BY payment.id
        """,
        "Payment %(id)s says that %(refunded_minor)s were given back; its refunds sum to %(total)s.",
    ),
    Check(
        "refund_differs_from_entry",
        "refunds gave what their entries gave",
        """
        SELECT refund.id, refund.amount_minor, coalesce(posting.amount_minor, 0) AS posted_minor
        FROM groat_refund AS refund
        LEFT JOIN groat_payment AS payment ON payment.id = refund.payment_id
            AND payment.programme_id = refund.programme_id
        LEFT JOIN ledger_entry AS entry ON entry.programme = refund.programme_id AND entry.id = refund.id
            AND entry.reverses = payment.entry_id
        LEFT JOIN ledger_posting AS posting ON posting.programme = entry.programme AND posting.entry = entry.id
            AND posting.account = payment.wallet_id
        WHERE refund.programme_id = %(programme)s AND refund.amount_minor <> coalesce(posting.amount_minor, 0)
        ORDER BY refund.id
        """,
        "Refund %(id)s gave %(amount_minor)s back; its entry gave %(posted_minor)s.",
    ),
)
