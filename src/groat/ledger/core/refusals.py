"""Why the book says no. Each carries what a person needs to act."""

from dataclasses import dataclass

from groat.errors import Refusal, _


@dataclass(unsafe_hash=True)
class InsufficientCredit(Refusal):
    """The wallet would fall below its floor."""

    code = "insufficient_credit"
    sentence = _("Not enough credit: %(missing_minor)s missing. Top up, or pay less.")

    available_minor: int
    """What it could pay now; zero when it is at or below its floor."""
    missing_minor: int
    """What must come in before it can pay this."""


@dataclass(unsafe_hash=True)
class DebtNotAllowed(Refusal):
    """The wallet may fall so far, but who takes the payment may not let it go into debt."""

    code = "debt_not_allowed"
    sentence = _("%(missing_minor)s missing, and you may not let a customer go into debt. Top up, or ask the manager.")

    available_minor: int
    missing_minor: int


@dataclass(unsafe_hash=True)
class NoSuchWallet(Refusal):
    code = "wallet_not_found"
    sentence = _("This wallet does not exist.")


@dataclass(unsafe_hash=True)
class AlreadyPast(Refusal):
    """Credits or a hold that would have expired before they begin."""

    code = "expiry_in_the_past"
    sentence = _("The expiry must lie in the future.")


@dataclass(unsafe_hash=True)
class NoSuchHold(Refusal):
    code = "hold_not_found"
    sentence = _("Nothing was set aside under that number.")


@dataclass(unsafe_hash=True)
class HoldClosed(Refusal):
    """It was captured, released, or it expired."""

    code = "hold_closed"
    sentence = _("What was set aside has already been paid, given back or has expired.")


@dataclass(unsafe_hash=True)
class BeyondHold(Refusal):
    code = "more_than_held"
    sentence = _("Only %(held_minor)s was set aside.")

    held_minor: int


@dataclass(unsafe_hash=True)
class NoSuchEntry(Refusal):
    code = "entry_not_found"
    sentence = _("There is no such movement.")


@dataclass(unsafe_hash=True)
class NotReversible(Refusal):
    """A reversal, an extension: there is nothing to give back."""

    code = "not_reversible"
    sentence = _("This movement cannot be undone.")


@dataclass(unsafe_hash=True)
class BeyondOriginal(Refusal):
    """More than is left to undo; `left_minor` is 0 when all of it was undone before."""

    code = "more_than_left_to_refund"
    sentence = _("Only %(left_minor)s of it is left to give back.")

    left_minor: int


@dataclass(unsafe_hash=True)
class NoDebt(Refusal):
    """More is to be forgiven than is owed."""

    code = "more_than_the_debt"
    sentence = _("The debt is only %(debt_minor)s.")

    debt_minor: int


@dataclass(unsafe_hash=True)
class OverTheLimit(Refusal):
    """A balance beyond what the book counts."""

    code = "balance_too_large"
    sentence = _("This would be more than a wallet can hold.")
