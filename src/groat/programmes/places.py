"""What is done to places as a whole: their hours, who works there, closing and opening them again."""

from collections.abc import Sequence

from django.db import transaction

from groat.programmes import audit, weeks, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Site, Staff, Till


@transaction.atomic
def set_hours(*, site: Site, hours: Sequence[weeks.Range], deed: Deed) -> Site:
    """Say when a site is open; without hours nothing is said. Refusal: InvalidValue."""
    site = writing.locked(site)
    if writing.change(site, {"hours": weeks.keep(weeks.checked(hours))}):
        _note(site, "site.hours_set", deed)
    return site


@transaction.atomic
def close_site(*, site: Site, deed: Deed) -> Site:
    """Give a site up, with all its tills; its history stays. Closing it twice is closing it once."""
    site = writing.locked(site)
    if writing.change(site, {"closed_at": site.closed_at or deed.now}):
        Till.objects.filter(site=site, closed_at=None).update(closed_at=deed.now)
        _note(site, "site.closed", deed)
    return site


@transaction.atomic
def reopen_site(*, site: Site, deed: Deed) -> Site:
    """Take a site into use again, with the tills that were closed with it."""
    site = writing.locked(site)
    closed_at = site.closed_at
    if writing.change(site, {"closed_at": None}):
        Till.objects.filter(site=site, closed_at=closed_at).update(closed_at=None)
        _note(site, "site.reopened", deed)
    return site


@transaction.atomic
def let_work_at(*, staff: Staff, sites: Sequence[Site] | None, deed: Deed) -> Staff:
    """Have somebody, while a cashier, work at the tills of these sites alone (None: of all). Refusal: NotFound."""
    writing.same_programme(staff, *(sites or ()))
    staff = Staff.objects.select_for_update(of=("self",)).select_related("user").get(pk=staff.pk)
    if writing.change(staff, {"site_ids": None if sites is None else sorted(site.id for site in sites)}):
        where = "" if sites is None else ", ".join(sorted(site.name for site in sites))
        audit.write(
            programme_id=staff.programme_id,
            deed=deed,
            action="staff.sites_set",
            subject=staff,
            subject_name=staff.user.name,
            details={"sites": where},
        )
    return staff


def _note(site: Site, action: str, deed: Deed) -> None:
    audit.write(
        programme_id=site.programme_id, deed=deed, action=action, subject=site, subject_name=site.name, details={}
    )
