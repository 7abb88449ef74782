"""What people present, and the moments at which a card and a wallet are brought together."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from groat.cards import rules
from groat.customers.models import Customer, Wallet
from groat.programmes.models import Programme, Till
from groat.rows import OfProgramme


class Medium(models.TextChoices):
    UID = "uid", _("Contactless card by its number")
    CHIP = "chip", _("Contactless card that proves itself")
    CODE = "code", _("Printed code")


class CardState(models.TextChoices):
    ACTIVE = "active", _("Active")
    BLOCKED = "blocked", _("Blocked")
    LOST = "lost", _("Lost")
    REPLACED = "replaced", _("Replaced")


class CardBox(OfProgramme):
    """New cards that are read one after the other, each with a wallet of its own, to be handed over later."""

    kind = "card_box"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="card_boxes")
    name = models.CharField(_("name"), max_length=60)
    first_credit_minor = models.BigIntegerField(_("first credit"), default=0)
    """What each card is given free of charge, in minor units of credit."""
    next_number = models.CharField(_("next number"), max_length=20, blank=True)
    """Printed on the card that comes next; empty when nothing is printed on them."""
    spare = models.ForeignKey(Wallet, on_delete=models.PROTECT, null=True, related_name="+")
    """The wallet of the card that comes next."""
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first_credit_minor__gte=0), name="a_first_credit_is_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Card(OfProgramme):
    """Whatever a person presents, bound to one wallet. Of its number only a keyed hash is kept."""

    kind = "card"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="cards")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="cards")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="cards")
    medium = models.CharField(max_length=10, choices=Medium.choices, default=Medium.UID)
    token_hash = models.BinaryField(max_length=32)
    last_four = models.CharField(max_length=4)
    state = models.CharField(max_length=10, choices=CardState.choices, default=CardState.ACTIVE)
    replaced_by = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaces")
    box = models.ForeignKey(CardBox, on_delete=models.PROTECT, null=True, related_name="cards")
    """Out of which it came."""
    number = models.CharField(max_length=20, blank=True, default="", db_default="")
    """Printed on it."""
    handed_over_at = models.DateTimeField(null=True)
    """When a card out of a box was given to a customer; until then it is nobody's."""
    paired_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    counter = models.BigIntegerField(null=True)
    """Of a chip: the highest number of its taps. By trigger no tap counts twice."""
    seen_taps = models.BigIntegerField(default=rules.ALL_SEEN, db_default=rules.ALL_SEEN)
    """Of a chip: which of its last taps were taken (see `rules.counted`); some may still come from a till offline."""
    pin_hash = models.CharField(max_length=200, blank=True, default="", db_default="")
    """What is kept of its PIN (`groat.programmes.pins`); empty when it has none."""
    pin_tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    """How often the PIN was tried since it was last right. Each try counts before it is known what it was worth."""

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["programme", "-id"],
                condition=models.Q(box__isnull=False, handed_over_at__isnull=True),
                name="cards_that_are_nobodys",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(medium="chip", counter__isnull=False)
                | (~models.Q(medium="chip") & models.Q(counter__isnull=True)),
                name="a_chip_counts_its_taps",
            ),
            models.CheckConstraint(
                condition=models.Q(pin_tries__lte=rules.MOST_PIN_TRIES), name="a_pin_is_tried_three_times"
            ),
            # A replaced card's chip may be paired again, to anybody; until then it has one owner.
            models.UniqueConstraint(
                fields=["programme", "token_hash"],
                condition=~models.Q(state="replaced"),
                name="one_card_a_token",
            ),
        ]

    def __str__(self) -> str:
        return f"…{self.last_four}"

    @property
    def is_unassigned(self) -> bool:
        """Whether it came out of a box and is nobody's yet."""
        return self.box_id is not None and self.handed_over_at is None and self.state != CardState.REPLACED

    @property
    def pin_tries_left(self) -> int | None:
        """How often the PIN may be tried: 0 when it is blocked, None when there is none."""
        return rules.MOST_PIN_TRIES - self.pin_tries if self.pin_hash else None


class AlarmKind(models.TextChoices):
    """What a copied or stolen card gives itself away by."""

    REPLAYED = "replayed", _("A tap that was used before")
    FORGED = "forged", _("A chip that could not prove itself")
    NUMBER_ALONE = "number_alone", _("The number of a chip without its proof")
    PIN_BLOCKED = "pin_blocked", _("A PIN that was wrong three times")


class Alarm(OfProgramme):
    """A card was presented that may be a copy, or not in its owner's hands."""

    kind = "alarm"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    card = models.ForeignKey(Card, on_delete=models.PROTECT, null=True, related_name="alarms")
    """None when it cannot be told which card it pretends to be."""
    till = models.ForeignKey(Till, on_delete=models.PROTECT, null=True, related_name="+")
    what = models.CharField(max_length=12, choices=AlarmKind.choices)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["programme", "-id"], name="alarms_newest_first")]


class PairingState(models.TextChoices):
    WAITING = "waiting", _("Waiting for a card")
    PAIRED = "paired", _("Paired")
    REFUSED = "refused", _("Refused")
    CANCELLED = "cancelled", _("Cancelled")


class Pairing(OfProgramme):
    """A wait for a card to be held to a reader; the token that comes is bound to the wallet."""

    kind = "pairing"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="pairings")
    replaces = models.ForeignKey(Card, on_delete=models.PROTECT, null=True, related_name="+")
    box = models.ForeignKey(CardBox, on_delete=models.PROTECT, null=True, related_name="pairings")
    """Whose next card it waits for; then another begins to wait as soon as one came."""
    till = models.ForeignKey(Till, on_delete=models.PROTECT, null=True, related_name="pairings")
    """Whose reader shall take the card; None for a reader at the office's own computer."""
    state = models.CharField(max_length=10, choices=PairingState.choices, default=PairingState.WAITING)
    refusal = models.CharField(max_length=60, blank=True)
    card = models.ForeignKey(Card, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["till"], condition=models.Q(state="waiting"), name="one_pairing_waits_at_a_till"
            ),
        ]


class WrappedChipKeys(models.Model):
    """The keys of a programme's chips, as the vault (`groat.cards.vault`) has wrapped them."""

    programme = models.OneToOneField(Programme, on_delete=models.PROTECT, primary_key=True, related_name="+")
    meta_key = models.BinaryField(max_length=100)
    master_key = models.BinaryField(max_length=100)
