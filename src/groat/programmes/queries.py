"""Reads over programmes, staff, keys and the audit trail."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from django.db.models import F, Q, QuerySet

from groat.programmes import keys
from groat.programmes.models import ApiKey, AuditEntry, Role, Site, Staff, StaffInvitation, Till, User


def place_of(user: User, slug: str) -> Staff | None:
    """The person's active place in the programme with this address, with user and programme."""
    return _places(user).filter(programme__slug=slug).first()


def places(user: User) -> list[Staff]:
    """All programmes in which the person works now, by name."""
    return list(_places(user).order_by("programme__name", "id"))


def staff(*, programme_id: int) -> list[Staff]:
    """Everybody who works in the programme, or did: those who left come last."""
    people = Staff.objects.filter(programme_id=programme_id).select_related("user")
    return sorted(people, key=lambda place: (place.left_at is not None, place.user.name.casefold(), place.id))


def sites(*, programme_id: int) -> list[Site]:
    """The programme's sites with their tills (`site.tills.all()`), closed ones last; two queries."""
    found = Site.objects.filter(programme_id=programme_id).order_by(F("closed_at").asc(nulls_first=True), "name", "id")
    return list(found.prefetch_related("tills"))


def tills(*, programme_id: int, closed: bool = False) -> list[Till]:
    """The programme's tills with their sites, by site and name; closed ones only when asked for."""
    found = Till.objects.filter(programme_id=programme_id).select_related("site")
    if not closed:
        found = found.filter(closed_at=None)
    return list(found.order_by("site__name", "name", "id"))


def tills_of(staff: Staff, *, closed: bool = False) -> list[Till]:
    """The tills at which somebody works, as `tills`: those of a cashier's sites, and of everybody else all."""
    found = tills(programme_id=staff.programme_id, closed=closed)
    if staff.role != Role.CASHIER or staff.site_ids is None:
        return found
    return [till for till in found if till.site_id in staff.site_ids]


def api_keys(*, programme_id: int) -> list[ApiKey]:
    """The programme's keys, newest first, revoked ones last."""
    return sorted(ApiKey.objects.filter(programme_id=programme_id), key=lambda key: key.revoked_at is not None)


def key_by_secret(secret: str) -> ApiKey | None:
    """The key that the secret opens, with its programme; None when there is none or it was revoked."""
    # The hash is looked up by an index. Its timing tells at most about hashes, which tell nothing about secrets.
    found = ApiKey.objects.filter(secret_hash=keys.hash_of(secret), revoked_at=None)
    return found.select_related("programme").first()


def trail(
    *, programme_id: int, before: int | None = None, limit: int = 50, text: str = "", only: Q | None = None
) -> list[AuditEntry]:
    """The programme's audit trail, newest first; `before` is the id of the last entry seen."""
    found = AuditEntry.objects.filter(only or Q(), programme_id=programme_id)
    if before is not None:
        found = found.filter(id__lt=before)
    for word in text.split():
        found = found.filter(
            Q(actor_name__icontains=word) | Q(subject_name__icontains=word) | Q(action__icontains=word)
        )
    return list(found.order_by("-id")[:limit])


def invitations(*, programme_id: int) -> list[StaffInvitation]:
    """The programme's open invitations, newest first, those whose time is over too."""
    return list(StaffInvitation.objects.filter(programme_id=programme_id, ended_at=None))


def invitation(token: str, *, now: datetime) -> StaffInvitation | None:
    """The invitation that the token of a link opens, with its programme; None when it is good no more."""
    found = StaffInvitation.objects.filter(token_hash=keys.hash_of(token), ended_at=None, expires_at__gt=now)
    return found.select_related("programme").first()


def _places(user: User) -> QuerySet[Staff]:
    return Staff.objects.filter(user=user, left_at=None).select_related("user", "programme")


def names_of(*, programme_id: int, actors: Iterable[str]) -> dict[str, str]:
    """The names of those who did things, by their codes (`staff:1`, `key:2`); one query for each kind."""
    ids: dict[str, set[int]] = {"staff": set(), "key": set(), **{kind: set() for kind in _named_by}}
    for code in actors:
        kind, _, number = code.partition(":")
        if kind in ids and number.isdecimal():
            ids[kind].add(int(number))
    names: dict[str, str] = {}
    if ids["staff"]:
        people = Staff.objects.filter(programme_id=programme_id, id__in=ids["staff"])
        names |= {f"staff:{key}": name for key, name in people.values_list("id", "user__name")}
    if ids["key"]:
        integrators = ApiKey.objects.filter(programme_id=programme_id, id__in=ids["key"])
        names |= {f"key:{key}": name for key, name in integrators.values_list("id", "name")}
    for kind, names_by in _named_by.items():
        if ids[kind]:
            names |= {f"{kind}:{key}": name for key, name in names_by(programme_id, ids[kind]).items()}
    return names


type Names = Callable[[int, Collection[int]], dict[int, str]]
"""The names of those with these ids in a programme, by id, in one query."""

_named_by: dict[str, Names] = {}


def register_names(kind: str, names: Names) -> None:
    """Have a feature above tell the names of actors of its own kind."""
    _named_by[kind] = names
