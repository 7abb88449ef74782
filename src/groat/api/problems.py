"""How this API says no: problem details (RFC 9457), each with a stable code.

One table says which status belongs to which code. A refusal comes from a rule of the domain and
knows no HTTP; the rest are this API's own. What the statuses mean here:

400 the request cannot be read; 401 and 403 who asks, and what they may; 402 the wallet cannot
pay; 404 nothing here by that name; 409 it cannot be done as things stand; 422 a value cannot be
used, whatever the state; 429 too often.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from groat.api.answers import NO_STORE, PROBLEM, Answer, dumped
from groat.errors import Refusal

PAGE = "/api/problems"
"""Where a problem's `type` leads: a page that describes them all."""


class Kind(NamedTuple):
    """What all problems with one code have in common."""

    status: int
    title: str


KINDS: Mapping[str, Kind] = {
    # This API's own.
    "malformed_json": Kind(400, "The body is no JSON"),
    "idempotency_key_missing": Kind(400, "This request moves money and needs an Idempotency-Key"),
    "idempotency_key_invalid": Kind(400, "The Idempotency-Key cannot be used"),
    "cursor_invalid": Kind(400, "The cursor is not one that this list has given"),
    "key_missing": Kind(401, "An API key is needed"),
    "key_invalid": Kind(401, "The API key is unknown or was revoked"),
    "scope_missing": Kind(403, "The API key may not do this"),
    "not_found": Kind(404, "Nothing here by that name"),
    "method_not_allowed": Kind(405, "This is not done here"),
    "too_large": Kind(413, "The body is larger than 64 KiB"),
    "unsupported_media_type": Kind(415, "The body must be application/json"),
    "invalid_request": Kind(422, "The request does not keep to the schema"),
    "idempotency_key_reused": Kind(422, "The Idempotency-Key belongs to another request"),
    "rate_limited": Kind(429, "Too many requests"),
    "internal_error": Kind(500, "Something went wrong on our side"),
    # Payments.
    "insufficient_credit": Kind(402, "Not enough credit"),
    "card_unknown": Kind(404, "The card is not known here"),
    "card_blocked": Kind(409, "The card is blocked"),
    "customer_blocked": Kind(409, "The customer is blocked"),
    "till_closed": Kind(409, "The till is closed"),
    "product_not_sold": Kind(409, "A product is not sold"),
    "product_sold_out": Kind(409, "A product is sold out"),
    "product_out_of_hours": Kind(409, "A product is not sold at this time of day"),
    "choices_do_not_fit": Kind(409, "What was chosen of a product does not go together"),
    "nothing_to_pay": Kind(409, "There is nothing to pay"),
    "amount_too_large": Kind(422, "More than a till can take at once"),
    "cash_not_part": Kind(422, "The part in cash is not less than the whole"),
    "checkout_closed": Kind(409, "The checkout no longer waits for a card"),
    "till_busy": Kind(409, "A payment waits to be confirmed at this till"),
    "parked_basket_gone": Kind(404, "The basket is not put aside any more"),
    "too_many_parked": Kind(409, "Too many baskets are put aside at the till"),
    "offline_not_allowed": Kind(409, "Taps without a network are not allowed"),
    "device_key_invalid": Kind(422, "This is no public key of a device"),
    "offline_device_unknown": Kind(404, "The device is not known at this till"),
    "offline_limits_out_of_order": Kind(422, "The limits without a network are out of order"),
    "debt_settled": Kind(409, "The debt was settled meanwhile"),
    "debt_not_collectable": Kind(409, "It is not known from whom to collect"),
    "offline_over_limit": Kind(409, "More was taken without a network than may be"),
    "offline_too_long": Kind(409, "It was taken after the time without a network was over"),
    "offline_device_revoked": Kind(409, "The device had been shut out"),
    "offline_tap_unreadable": Kind(422, "The device's record of a tap cannot be read"),
    # Of the till's page alone.
    "look_up_not_allowed": Kind(403, "Who asks may not look customers up"),
    "look_up_too_short": Kind(422, "Too little to look for"),
    "look_up_too_often": Kind(429, "Too many customers were looked up"),
    "nothing_waits": Kind(409, "Nothing waits for a card at this till"),
    "payment_not_paid": Kind(409, "The payment was not made"),
    "payment_not_waiting": Kind(409, "The payment does not wait for confirmation"),
    "undo_only_whole": Kind(409, "Only the whole can be undone"),
    "undo_too_late": Kind(409, "It is too late to undo"),
    "more_than_left_to_refund": Kind(409, "More than is left to give back"),
    "not_reversible": Kind(409, "This cannot be undone"),
    "hold_closed": Kind(409, "The payment no longer waits"),
    "hold_not_found": Kind(404, "Nothing was set aside"),
    "more_than_held": Kind(409, "More than was set aside"),
    "entry_not_found": Kind(404, "There is no such movement"),
    # Wallets and customers.
    "wallet_not_found": Kind(404, "There is no such wallet"),
    "balance_too_large": Kind(409, "More than a wallet can hold"),
    "offer_not_open": Kind(409, "The offer is not open to this customer, here and now"),
    "only_packages": Kind(409, "Only packages are sold"),
    "top_up_too_small": Kind(409, "Less than is sold at once"),
    "top_up_too_large": Kind(409, "More than is sold at once"),
    "quote_changed": Kind(409, "The offer changed since it was shown"),
    "expiry_in_the_past": Kind(422, "It would have expired already"),
    "more_than_the_debt": Kind(409, "More than the debt"),
    "customer_needs_contact": Kind(422, "A named customer needs an e-mail address or a phone number"),
    "customer_needs_name": Kind(422, "A customer with an identifier needs a name"),
    "same_wallet": Kind(409, "The two wallets are one"),
    "phone_invalid": Kind(422, "This is no phone number"),
    # Cards.
    "token_invalid": Kind(422, "This is no card number"),
    "token_random": Kind(422, "This card shows another number each time"),
    "card_in_this_box": Kind(409, "The card is in the box already"),
    "card_handed_over": Kind(409, "The card was handed over already"),
    "card_in_use": Kind(409, "Something is being paid with the card, or it is in debt"),
    "card_taken": Kind(409, "The card belongs to somebody already"),
    "card_lost": Kind(409, "The card was reported lost"),
    "card_replaced": Kind(409, "The card was replaced by another"),
    "pairing_over": Kind(409, "Nothing waits for a card any more"),
    "pairing_expired": Kind(409, "The card came too late"),
    "code_of_nobody": Kind(409, "The code was not drawn here"),
    "chip_not_authentic": Kind(409, "The card could not prove that it is genuine"),
    "tap_replayed": Kind(409, "The tap was used before"),
    "chip_expected": Kind(409, "The number of a chip came without its proof"),
    "pin_not_set": Kind(409, "The card has no PIN, and so much needs one"),
    "pin_missing": Kind(422, "The card's PIN is needed"),
    "pin_wrong": Kind(409, "The PIN is wrong"),
    "pin_blocked": Kind(409, "The card's PIN is blocked"),
    # Of the readers' programs alone.
    "chips_not_set_up": Kind(409, "The installation has no key to wrap keys of chips with"),
    "chip_refused": Kind(409, "The chip did not do what it was asked"),
    "chip_of_another_kind": Kind(409, "The chip is no NTAG 424 DNA"),
    "chip_has_other_keys": Kind(409, "The chip has somebody else's keys"),
    "chip_needs_rest": Kind(409, "The chip takes no key for a while"),
    "chip_has_another_address": Kind(409, "The chip was made for another address"),
    "tap_too_old": Kind(409, "The tap came too late"),
    "reader_unknown": Kind(401, "The reader is not paired here any more"),
    "reader_may_not_make_chips": Kind(403, "The reader may not make chips into cards now"),
    "making_over": Kind(409, "The chip is not being made into a card any more"),
    "reader_code_unknown": Kind(404, "The code is wrong, used or too old"),
    # Top-ups.
    "top_up_reversed": Kind(409, "The top-up was taken back already"),
    # Of the till's drawer alone.
    "drawer_open_already": Kind(409, "The cash drawer is open already"),
    "too_many_letters": Kind(429, "Too many e-mails were sent"),
    "figures_not_ready": Kind(503, "The figures of the past are still being counted"),
    "rates_beyond_pohoda": Kind(409, "Pohoda does not know a rate of VAT"),
    "too_many_schedules": Kind(409, "Too many reports are sent regularly"),
    "mail_not_set": Kind(409, "No e-mail is sent from here"),
    "address_unknown": Kind(409, "No e-mail address is known"),
    "letter_not_failed": Kind(409, "The e-mail cannot be sent again"),
    "drawer_not_open": Kind(409, "The cash drawer is not open"),
    "cash_not_there": Kind(409, "So much cash is not in the drawer"),
    "too_small_for_cash": Kind(422, "Less than the smallest coin"),
    "top_up_of_another": Kind(403, "Somebody else made the top-up"),
    "top_up_spent": Kind(409, "Some of the top-up is spent"),
    # Products.
    "category_not_empty": Kind(409, "The category has products"),
    # Values of any feature.
    "value_invalid": Kind(422, "A value cannot be used"),
    "amount_invalid": Kind(422, "An amount cannot be used"),
    "reason_missing": Kind(422, "A reason is needed"),
    "file_unreadable": Kind(422, "The file cannot be read"),
    "file_too_large": Kind(413, "The file is too large"),
    "column_missing": Kind(422, "A column is missing"),
    "column_twice": Kind(422, "A column was chosen twice"),
    "cell_unreadable": Kind(422, "A cell cannot be read"),
    "nobody_named": Kind(422, "A row names nobody"),
    "nobody_found": Kind(422, "Nobody is known so"),
    "several_found": Kind(409, "Several are known so"),
    "no_such_group": Kind(422, "There is no such group"),
    "opening_below_floor": Kind(409, "An opening balance is below the floor"),
    "opening_differs": Kind(409, "Another opening balance was imported"),
    "import_runs": Kind(409, "Another import is under way"),
    "import_not_ready": Kind(409, "The import has gone on"),
    "not_your_note": Kind(403, "Somebody else wrote the note"),
    "not_so_many": Kind(409, "Not as many as confirmed"),
    "already_undone": Kind(409, "It was undone already"),
    "month_not_over": Kind(409, "The month is not over yet"),
    "nothing_to_state": Kind(409, "No statement of the month is missing"),
    "nothing_to_settle": Kind(409, "Nothing of it is unpaid any more"),
    "more_than_unpaid": Kind(409, "More than is unpaid"),
    "settlement_undone": Kind(409, "The settlement was undone already"),
    "group_withdrawn": Kind(409, "The group was withdrawn"),
    "name_taken": Kind(409, "The name is used already"),
    # Of the office alone: no operation of this API asks for them.
    "till_pin_wrong": Kind(409, "The PIN is wrong"),
    "till_pin_paused": Kind(429, "Wrong too often"),
    "card_opens_no_till": Kind(409, "The card opens no till"),
    "card_of_another_cashier": Kind(409, "The card opens tills for somebody else"),
    "not_at_tills": Kind(409, "Does not work at tills"),
    "till_pins_missing": Kind(409, "Nobody has a PIN for the tills"),
    "till_not_shared": Kind(409, "The till is not shared any more"),
    "pin_invalid": Kind(422, "This is no PIN"),
    "pin_too_easy": Kind(422, "The PIN is too easy to guess"),
    "host_taken": Kind(409, "Another programme has this host name"),
    "already_invited": Kind(409, "An invitation is open"),
    "invitation_not_good": Kind(409, "The invitation is good no more"),
    "invited_has_login": Kind(409, "There is a login with this e-mail"),
    "refund_above_limit": Kind(409, "More than this cashier may give back"),
    "top_up_above_limit": Kind(409, "More than this cashier may take for a top-up"),
    "debt_not_allowed": Kind(402, "This cashier may not let a customer go into debt"),
    "opening_code_not_good": Kind(422, "The code does not open a programme"),
    "has_login": Kind(409, "There is a login with this e-mail"),
    "may_not_open": Kind(403, "No programme may be opened without a code"),
    "too_many_items": Kind(422, "Too many products at once"),
    "expiry_rule_invalid": Kind(422, "The rule of expiry cannot be used"),
    "expiry_rule_begun": Kind(409, "The rule of expiry is in force already"),
    "address_taken": Kind(409, "The address is used already"),
    "already_staff": Kind(409, "Already works here"),
    "last_owner": Kind(409, "A programme needs an owner"),
    "no_longer_staff": Kind(409, "No longer works here"),
    "password_weak": Kind(422, "The password is too weak"),
    "scopes_invalid": Kind(422, "These are no scopes"),
}


class ProblemRaised(Exception):
    """Ends a request with a problem; carries the whole answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def problem(
    code: str, detail: str = "", *, facts: Mapping[str, object] | None = None, headers: Iterable[tuple[str, str]] = ()
) -> Answer:
    """The answer for this code; `facts` are what an integrator's program needs to act on it."""
    kind = KINDS[code]
    body = {
        "type": f"{PAGE}#{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail or f"{kind.title}.",
        "code": code,
        **(facts or {}),
    }
    return Answer(kind.status, (("Content-Type", PROBLEM), NO_STORE, *headers), dumped(body))


def raised(code: str, detail: str = "") -> ProblemRaised:
    """The same, to be raised."""
    return ProblemRaised(problem(code, detail))


def refused(refusal: Refusal, *, credit_decimals: int) -> Answer:
    """The answer for a refusal: its sentence with amounts written out, and its facts."""
    facts = refusal.facts()
    words = {name: _worded(name, fact, credit_decimals) for name, fact in facts.items()}
    return problem(refusal.code, refusal.sentence % words, facts=facts)


def _worded(name: str, fact: object, decimals: int) -> object:
    if isinstance(fact, int) and name.endswith("_minor"):
        whole, part = divmod(abs(fact), 10**decimals)
        return f"{'-' if fact < 0 else ''}{whole}" + (f".{part:0{decimals}}" if decimals else "")
    return fact
