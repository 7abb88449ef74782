"""Documents as XML for Stormware Pohoda: data pack 2.0, internal documents (`int:intDoc`).

Each document of the journal is an internal document of its own: in its header the number, the dates, the code
of the account assignment (Pohoda's *předkontace*) and a text; in its summary the amounts, by rate of VAT. The
elements stand in the order of the schemas data.xsd, intDoc.xsd and type.xsd, version 2. The file is in
Windows-1250, as Pohoda writes it; signs beyond it are character references.
"""

from dataclasses import dataclass
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from groat.errors import Refusal, _
from groat.reports.asked import Asked
from groat.reports.cells import NO_VAT
from groat.reports.figures import Figures
from groat.reports.journal import KINDS, Assignment, Document, documents, settings_of
from groat.web.money import currency_decimals

ENCODING = "windows-1250"
MOST_TEXT = 240
_SCHEMAS = "http://www.stormware.cz/schema/version_2/{}.xsd"
_NAMESPACES = {"dat": "data", "int": "intDoc", "typ": "type"}
_SLOTS = {
    "CZK": {2100: "High", 1200: "Low"},
    "EUR": {2300: "High", 1900: "Low", 500: "3"},
}
"""Which of Pohoda's rates a rate is, by the currency of the country."""


@dataclass(unsafe_hash=True)
class RatesBeyondPohoda(Refusal):
    """Pohoda has three rates besides none; something was sold at another."""

    code = "rates_beyond_pohoda"
    sentence = _("Pohoda knows only the rates of VAT of your country. Something was sold at another one.")


def data_pack(figures: Figures, asked: Asked) -> bytes:
    """The period's documents. Refusal: RatesBeyondPohoda."""
    programme = asked.programme
    told = settings_of(programme)
    assignment = Assignment(told.accounts)
    since, until = asked.period.since, asked.period.until
    pack = Element(
        "dat:dataPack",
        {f"xmlns:{name}": _SCHEMAS.format(schema) for name, schema in _NAMESPACES.items()}
        | {"id": f"groat-{since:%y%m%d}-{until:%y%m%d}"}
        | ({"ico": told.company_id} if told.company_id else {})
        | {"application": "Groat", "version": "2.0", "note": f"{programme.name} {since} - {until}"[:MOST_TEXT]},
    )
    for document in documents(figures, asked):
        _item(pack, document, assignment, programme.currency)
    indent(pack)
    said = tostring(pack, encoding="unicode")
    return f'<?xml version="1.0" encoding="{ENCODING}"?>\n{said}\n'.encode(ENCODING, "xmlcharrefreplace")


def _item(pack: Element, document: Document, assignment: Assignment, currency: str) -> None:
    item = SubElement(pack, "dat:dataPackItem", {"id": document.number, "version": "2.0"})
    own = SubElement(item, "int:intDoc", {"version": "2.0"})
    header = SubElement(own, "int:intDocHeader")
    SubElement(SubElement(header, "int:number"), "typ:numberRequested").text = document.number
    SubElement(header, "int:symVar").text = f"{document.day:%Y%m%d}"
    for name in ("date", "dateTax", "dateAccounting"):
        SubElement(header, f"int:{name}").text = document.day.isoformat()
    debit, credit, code = assignment.of(document.kind)
    if code:
        SubElement(SubElement(header, "int:accounting"), "typ:ids").text = code
    if all(part.vat_rate == NO_VAT for part in document.parts):
        # Or Pohoda would put it into the VAT return.
        SubElement(SubElement(header, "int:classificationVAT"), "typ:classificationVATType").text = "nonSubsume"
    SubElement(header, "int:text").text = f"{KINDS[document.kind].name} ({debit}/{credit})"[:MOST_TEXT]
    summary = SubElement(SubElement(own, "int:intDocSummary"), "int:homeCurrency")
    for name, minor in _amounts(document, currency):
        SubElement(summary, f"typ:{name}").text = f"{Decimal(minor).scaleb(-currency_decimals(currency)):f}"


def _amounts(document: Document, currency: str) -> list[tuple[str, int]]:
    """The elements of a sum in home currency, in the schema's order."""
    slots: dict[str, tuple[int, int]] = {}
    none_minor = 0
    for part in document.parts:
        if part.vat_rate <= 0:
            none_minor += part.base_minor
            continue
        slot = _SLOTS.get(currency, {}).get(part.vat_rate)
        if slot is None or slot in slots:
            raise RatesBeyondPohoda
        slots[slot] = (part.base_minor, part.vat_minor)
    found = [("priceNone", none_minor)]
    for slot in ("Low", "High", "3"):
        if slot in slots:
            found += [(f"price{slot}", slots[slot][0]), (f"price{slot}VAT", slots[slot][1])]
    return found
