"""Letters about credits that soon expire: one for a wallet, a day, and a distance. They are no advertising."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from groat import ids
from groat.customers.models import Customer, Wallet
from groat.ledger.core.lots import Origin
from groat.ledger.models import Lot
from groat.notifications import queries as outbox
from groat.notifications import writing as letters
from groat.notifications.models import Letter
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme
from groat.topups.expiry import queries, rules, words
from groat.topups.expiry.models import ExpiryReminder, ExpiryRule
from groat.topups.expiry.rules import Rule
from groat.topups.models import TopUp

MOST = 100
"""Letters that are written together."""


@dataclass(frozen=True, slots=True)
class Expiring:
    """What of a wallet expires on a day."""

    wallet: int
    day: date
    """The last one, without grace."""
    until: datetime
    """With grace."""
    distance: int
    """At how many days ahead it is told of."""
    amount_minor: int
    is_bought: bool
    """Whether some of it was bought, so that it can be extended."""


def remind(*, deed: Deed) -> int:
    """Write to those whose credits soon expire, wherever the rule in force says so; returns to how many.

    It may run twice at once: the unique reminder lets one write. Where no mail server is set, nothing counts as told.
    """
    if not outbox.is_mail_set():
        return 0
    made = ExpiryRule.objects.filter(withdrawn_at=None, starts_at__lte=deed.now).exclude(reminder_days=[])
    written = 0
    for programme in Programme.objects.filter(pk__in=made.values("programme")):
        rule = queries.rule(programme_id=programme.id, at=deed.now)
        if rule.reminder_days:
            written += _remind(programme, rule, deed)
    return written


def _remind(programme: Programme, rule: Rule, deed: Deed) -> int:
    found = expiring(programme=programme, rule=rule, now=deed.now)
    reachable = Wallet.objects.filter(programme=programme, id__in={one.wallet for one in found})
    owners = {wallet.id: wallet.owner for wallet in reachable.exclude(owner__email="").select_related("owner")}
    told = [one for one in found if one.wallet in owners]
    written = 0
    for start in range(0, len(told), MOST):
        written += _write(programme, rule, told[start : start + MOST], owners, deed)
    return written


def expiring(*, programme: Programme, rule: Rule, now: datetime) -> list[Expiring]:
    """What is to be told of today and was not yet, of all wallets. Three queries."""
    today = rules.day_at(now, programme.time_zone)
    groups = _groups(programme, rule, now)
    told = ExpiryReminder.objects.filter(programme=programme, day__gte=today)
    known = set(told.values_list("wallet_id", "day", "distance_days"))
    found = []
    for (wallet, day, until), lots in sorted(groups.items()):
        left = (day - today).days
        distance = min((ahead for ahead in rule.reminder_days if ahead >= left), default=None)
        if left < 0 or distance is None or (wallet, day, distance) in known:
            continue
        # What was bought when it was nearer than that already was told then.
        heard = [lot for lot in lots if (day - lot[0]).days >= distance]
        if heard:
            amount = sum(minor for _, minor, _ in heard)
            found.append(Expiring(wallet, day, until, distance, amount, any(bought for _, _, bought in heard)))
    return found


type _Lot = tuple[date, int, bool]
"""The day on which it was made, what is left of it, whether it was bought."""


def _groups(programme: Programme, rule: Rule, now: datetime) -> dict[tuple[int, date, datetime], list[_Lot]]:
    """By wallet, last day, and instant: the lots that expire then, soon enough to be told of."""
    horizon = now + timedelta(days=max(rule.reminder_days) + rules.MOST_GRACE_DAYS + 1)
    live = Lot.objects.filter(programme=programme.id, live=True, expires_at__gt=now, expires_at__lte=horizon)
    rows = list(live.values_list("account", "id", "entry", "origin", "remaining_minor", "granted_until", "expires_at"))
    sold = TopUp.objects.filter(programme=programme, id__in={row[2] for row in rows}, rule__isnull=False)
    graces = dict(sold.values_list("id", "rule__grace_days"))
    groups: dict[tuple[int, date, datetime], list[_Lot]] = {}
    for account, lot, entry, origin, minor, granted_until, expires_at in rows:
        if expires_at is None:
            continue
        # A date that was moved carries the grace of the rule by which things are moved now.
        grace = graces.get(entry, 0) if expires_at == granted_until else rule.grace_days
        day = rules.day_at(expires_at, programme.time_zone) - timedelta(days=grace)
        made = rules.day_at(datetime.fromtimestamp(ids.minted_ms(lot) / 1000, UTC), programme.time_zone)
        groups.setdefault((account, day, expires_at), []).append((made, minor, origin == Origin.PURCHASED))
    return groups


@transaction.atomic
def _write(programme: Programme, rule: Rule, told: Sequence[Expiring], owners: dict[int, Customer], deed: Deed) -> int:
    """Write these letters, but those that somebody else writes at this moment."""
    by_id = {deed.mint(): one for one in told}
    ExpiryReminder.objects.bulk_create(
        (
            ExpiryReminder(
                id=key,
                programme=programme,
                wallet_id=one.wallet,
                day=one.day,
                distance_days=one.distance,
                amount_minor=one.amount_minor,
                written_at=deed.now,
            )
            for key, one in by_id.items()
        ),
        ignore_conflicts=True,
    )
    ours = ExpiryReminder.objects.filter(id__in=list(by_id)).values_list("id", flat=True)
    return letters.write_all(_letters(programme, rule, {key: by_id[key] for key in ours}, owners, deed))


def _letters(
    programme: Programme, rule: Rule, told: dict[int, Expiring], owners: dict[int, Customer], deed: Deed
) -> Iterable[Letter]:
    for key, one in told.items():
        owner = owners[one.wallet]
        with translation.override(_language(owner, programme)), timezone.override(ZoneInfo(programme.time_zone)):
            subject, said = _worded(programme, rule, one)
            known = {"programme": programme, "customer": owner, "said": said, "subject": subject}
            yield letters.letter(
                letter_id=deed.mint(),
                programme_id=programme.id,
                about=f"{ExpiryReminder.kind}:{key}",
                origin=f"programme:{programme.id}",
                actor=deed.actor.code,
                sender=programme.name,
                address=owner.email,
                subject=subject,
                text="\n\n".join([*([f"{owner.name},"] if owner.name else []), *said, programme.name, ""]),
                html=render_to_string("topups/expiry/letter.html", known),
                now=deed.now,
            )


def _language(owner: Customer, programme: Programme) -> str:
    return owner.language if owner.language in dict(settings.LANGUAGES) else programme.language


def _worded(programme: Programme, rule: Rule, one: Expiring) -> tuple[str, list[str]]:
    """The letter's subject, and its paragraphs."""
    amount, day = words.amount_of(one.amount_minor, programme), words.day_of(one.day)
    said = [
        _("%(amount)s of your credits at %(programme)s are good until %(day)s.")
        % {"amount": amount, "programme": programme.name, "day": day}
    ]
    last = rules.day_at(one.until, programme.time_zone)
    if last > one.day:
        said.append(_("After that they still pay until %(day)s; then they expire.") % {"day": words.day_of(last)})
    else:
        said.append(_("Then they expire."))
    if one.is_bought and (how := words.how_to_extend(rule, programme)):
        said.append(how)
    said.append(_("You get this message because it is about your credits. It is no advertising."))
    return _("%(amount)s at %(programme)s expire soon") % {"amount": amount, "programme": programme.name}, said
