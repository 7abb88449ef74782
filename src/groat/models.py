"""Gathers the models of every feature, so that Django finds them in its one app."""

from groat.cards.models import Alarm, Card, Pairing, WrappedChipKeys
from groat.cashiers.models import Cashier, Guesses, SharedTill
from groat.catalogue.models import Category, Product
from groat.customers.models import (
    Customer,
    Group,
    Import,
    ImportFault,
    ImportPart,
    MassChange,
    PastMovement,
    Wallet,
)
from groat.drawers.models import CashMove, Drawer
from groat.ledger.models import (
    Account,
    Balance,
    Block,
    Entry,
    Hold,
    HoldLot,
    Lot,
    LotDate,
    LotUse,
    Posting,
    Request,
)
from groat.notifications.models import Letter
from groat.offline.models import OfflineDevice, OfflineTap, OfflineTerms
from groat.openings.models import OpeningCode
from groat.programmes.models import (
    ApiKey,
    AuditEntry,
    Programme,
    SignedIn,
    Site,
    Staff,
    StaffInvitation,
    Till,
    TrailLink,
    User,
    Worker,
)
from groat.readers.models import Invitation, Making, Reader
from groat.reports.models import Fold, PostedCell, SoldCell
from groat.settlements.models import AccountTerms, SettledStatement, Settlement, Statement, StatementRun
from groat.till.models import Checkout, ParkedBasket, Payment, Refund
from groat.topups.expiry.models import ExpiryReminder, ExpiryRule, ExpiryTrial, VisitsSeen
from groat.topups.models import AmountLimits, GivenBonus, Offer, TopUp

__all__ = [
    "Account",
    "AccountTerms",
    "Alarm",
    "AmountLimits",
    "ApiKey",
    "AuditEntry",
    "Balance",
    "Block",
    "Card",
    "CashMove",
    "Cashier",
    "Category",
    "Checkout",
    "Customer",
    "Drawer",
    "Entry",
    "ExpiryReminder",
    "ExpiryRule",
    "ExpiryTrial",
    "Fold",
    "GivenBonus",
    "Group",
    "Guesses",
    "Hold",
    "HoldLot",
    "Import",
    "ImportFault",
    "ImportPart",
    "Invitation",
    "Letter",
    "Lot",
    "LotDate",
    "LotUse",
    "Making",
    "MassChange",
    "Offer",
    "OfflineDevice",
    "OfflineTap",
    "OfflineTerms",
    "OpeningCode",
    "Pairing",
    "ParkedBasket",
    "PastMovement",
    "Payment",
    "PostedCell",
    "Posting",
    "Product",
    "Programme",
    "Reader",
    "Refund",
    "Request",
    "SettledStatement",
    "Settlement",
    "SharedTill",
    "SignedIn",
    "Site",
    "SoldCell",
    "Staff",
    "StaffInvitation",
    "Statement",
    "StatementRun",
    "Till",
    "TopUp",
    "TrailLink",
    "User",
    "VisitsSeen",
    "Wallet",
    "Worker",
    "WrappedChipKeys",
]
