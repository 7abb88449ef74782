"""What somebody asks of a report: a period, and of what; as a form, and as it is looked up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from groat.catalogue.models import Category, Product
from groat.programmes import queries as programmes
from groat.programmes.models import Programme, Sector, Site, Staff, Till
from groat.reports.figures import Scope
from groat.reports.periods import Named, Period, named
from groat.web.forms import DateInput

_NAMES = {
    Named.TODAY: gettext_lazy("Today"),
    Named.YESTERDAY: gettext_lazy("Yesterday"),
    Named.WEEK: gettext_lazy("This week"),
    Named.MONTH: gettext_lazy("This month"),
    Named.LAST_MONTH: gettext_lazy("Last month"),
    Named.YEAR: gettext_lazy("This year"),
    Named.DATES: gettext_lazy("Own dates"),
}


class Known:
    """What can be asked about in a programme, and the names of all that figures are grouped by; read when needed."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.tills = {till.id: till for till in programmes.tills(programme_id=programme.id, closed=True)}
        self.sites = {site.id: site for site in Site.objects.filter(programme=programme)}
        products = Product.objects.filter(programme=programme).select_related("category")
        self.products = {product.id: product for product in products.order_by("name", "id")}
        self.categories = {one.id: one for one in Category.objects.filter(programme=programme)}
        people = Staff.objects.filter(programme=programme).select_related("user")
        self.staff = {person.id: person for person in people.order_by("user__name", "id")}
        self._names = {f"staff:{person.id}": str(person) for person in self.staff.values()}

    def learn(self, actors: Iterable[str]) -> None:
        """Look up the names of those who are no staff, at once."""
        others = {actor for actor in actors if actor not in self._names}
        if others:
            self._names |= programmes.names_of(programme_id=self.programme.id, actors=others)

    def actor_name(self, actor: str) -> str:
        return self._names.get(actor) or _("The system itself")

    def till_name(self, key: int) -> str:
        till = self.tills.get(key)
        return f"{till.name} · {till.site.name}" if till else _("At no till")

    def product_name(self, key: int) -> str:
        product = self.products.get(key)
        return product.name if product else _("Free amount")


class Filter(forms.Form):
    """A period, and of what. What makes no sense in the address filters nothing."""

    period = forms.ChoiceField(label=gettext_lazy("Period"), required=False, choices=list(_NAMES.items()))
    since = forms.DateField(label=pgettext_lazy("a beginning", "From"), required=False, widget=DateInput())
    until = forms.DateField(label=pgettext_lazy("an end", "To"), required=False, widget=DateInput())

    def __init__(self, data: Mapping[str, Any], *, known: Known, usual: Named = Named.MONTH) -> None:
        typed = {name: data.get(name, "") for name in ("period", "since", "until", "place", "what", "who")}
        if typed["period"] not in set(Named):
            typed["period"] = Named.DATES if typed["since"] or typed["until"] else usual
        super().__init__(typed)
        everywhere = [("", _("All sites"))]
        of_sites = [(f"site-{site.public_id}", site.name) for site in known.sites.values()]
        used = {site.sector for site in known.sites.values()}
        of_sectors = [(f"sector-{sector.value}", str(sector.label)) for sector in Sector if sector in used]
        of_tills = [(f"till-{till.public_id}", known.till_name(till.id)) for till in known.tills.values()]
        groups = [(_("Sites"), of_sites), (_("Sectors"), of_sectors), (_("Tills"), of_tills)]
        self.fields["place"] = forms.ChoiceField(label=_("Where"), required=False, choices=[*everywhere, *groups])
        of_categories = [(f"category-{one.public_id}", one.name) for one in known.categories.values()]
        of_products = [(f"product-{one.public_id}", one.name) for one in known.products.values()]
        things = [
            ("", _("All products")),
            (_("Categories"), of_categories),
            (_("Products"), [*of_products, ("product-none", _("Free amount"))]),
        ]
        self.fields["what"] = forms.ChoiceField(label=_("What"), required=False, choices=things)
        people = [(str(person.public_id), str(person)) for person in known.staff.values()]
        self.fields["who"] = forms.ChoiceField(
            label=_("By whom"), required=False, choices=[("", _("Everybody")), *people]
        )
        for one in self.fields.values():
            one.widget.attrs["data-submit-on-change"] = True
        self.is_valid()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, looked up."""

    known: Known
    name: Named
    period: Period
    place: str = ""
    what: str = ""
    who: str = ""
    more: Mapping[str, str] = field(default_factory=dict)
    """Further narrowing, as figures name what is behind them: `hour`, `weekday`, `means`."""

    @property
    def programme(self) -> Programme:
        return self.known.programme

    @property
    def scope(self) -> Scope:
        """As the figures are asked."""
        return Scope(self.period.since, self.period.until, self.tills, self.actors, self.products)

    @property
    def tills(self) -> frozenset[int] | None:
        kind, _dash, key = self.place.partition("-")
        if not kind:
            return None
        return frozenset(till.id for till in self.known.tills.values() if _is_at(till, kind, key))

    @property
    def actors(self) -> frozenset[str] | None:
        if not self.who:
            return None
        return frozenset(f"staff:{one.id}" for one in self.known.staff.values() if str(one.public_id) == self.who)

    @property
    def products(self) -> frozenset[int] | None:
        kind, _dash, key = self.what.partition("-")
        if not kind:
            return None
        if key == "none":
            return frozenset({0})
        products = self.known.products.values()
        if kind == "category":
            return frozenset(one.id for one in products if str(one.category.public_id) == key)
        return frozenset(one.id for one in products if str(one.public_id) == key)

    @property
    def facts(self) -> tuple[str, ...]:
        """The period and what it was narrowed to, in words."""
        return (days_told(self.period), *self.narrowed)

    @property
    def narrowed(self) -> tuple[str, ...]:
        """What it was narrowed to, in words."""
        found = []
        kind, _dash, key = self.place.partition("-")
        if kind == "sector":
            found.append(str(Sector(key).label))
        elif kind:
            places = [*self.known.sites.values(), *self.known.tills.values()]
            found += [str(one) for one in places if str(one.public_id) == key]
        if self.what:
            things = [*self.known.categories.values(), *self.known.products.values()]
            found += [str(one) for one in things if self.what.endswith(str(one.public_id))] or [_("Free amount")]
        found += [str(one) for one in self.known.staff.values() if str(one.public_id) == self.who]
        return tuple(found)

    def query(self, **changed: Any) -> str:
        """The same in an address, with some of it changed."""
        named_dates = {"since": self.period.since, "until": self.period.until} if self.name is Named.DATES else {}
        asked = {"period": self.name, **named_dates, "place": self.place, "what": self.what, "who": self.who}
        return urlencode({name: value for name, value in (asked | dict(self.more) | changed).items() if value != ""})

    def entries_url(self, account: int, period: Period | None = None, **narrower: Any) -> str:
        """The list of what is behind a figure: what was posted to an account."""
        days = period or self.period
        dates = {"period": Named.DATES, "since": days.since, "until": days.until}
        path = reverse("entries", kwargs={"programme": self.programme.slug})
        return f"{path}?{self.query(account=account, **(dates | narrower))}"


def asked_of(form: Filter, *, known: Known, today: date, more: Mapping[str, str] | None = None) -> Asked:
    """What a form asks, as of today."""
    chosen = form.cleaned_data
    name = Named(chosen.get("period") or Named.MONTH)
    period = named(name, today=today, since=chosen.get("since"), until=chosen.get("until"))
    rest = {one: chosen.get(one, "") for one in ("place", "what", "who")}
    return Asked(known, name, period, more=more or {}, **rest)


def days_told(period: Period) -> str:
    """A period in words: one day, or two with a dash."""
    first = formats.date_format(period.since, "DATE_FORMAT")
    if period.since == period.until:
        return first
    return f"{first} – {formats.date_format(period.until, 'DATE_FORMAT')}"


def _is_at(till: Till, kind: str, key: str) -> bool:
    if kind == "site":
        return str(till.site.public_id) == key
    if kind == "sector":
        return till.site.sector == key
    return str(till.public_id) == key
