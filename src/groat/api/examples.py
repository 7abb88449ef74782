"""The ids that the document's examples speak of: one small café, so that they fit together."""

from typing import Any

PROGRAMME = "0199c0de-0000-7001-8a10-5d1c2b3a4f01"
SITE = "0199c0de-0000-7002-8a10-5d1c2b3a4f02"
TILL = "0199c0de-0000-7003-8a10-5d1c2b3a4f03"
CUSTOMER = "0199c0de-0000-7004-8a10-5d1c2b3a4f04"
WALLET = "0199c0de-0000-7005-8a10-5d1c2b3a4f05"
CARD = "0199c0de-0000-7006-8a10-5d1c2b3a4f06"
CATEGORY = "0199c0de-0000-7007-8a10-5d1c2b3a4f07"
PRODUCT = "0199c0de-0000-7008-8a10-5d1c2b3a4f08"
TOP_UP = "0199c0de-0000-7009-8a10-5d1c2b3a4f09"
CHECKOUT = "0199c0de-0000-700a-8a10-5d1c2b3a4f0a"
PAYMENT = "0199c0de-0000-700b-8a10-5d1c2b3a4f0b"
REFUND = "0199c0de-0000-700c-8a10-5d1c2b3a4f0c"
ENTRY = "0199c0de-0000-700d-8a10-5d1c2b3a4f0d"
PAIRING = "0199c0de-0000-700e-8a10-5d1c2b3a4f0e"
CHOICE_GROUP = "0199c0de-0000-700f-8a10-5d1c2b3a4f0f"
CHOICE = "0199c0de-0000-7010-8a10-5d1c2b3a4f10"
GROUP = "0199c0de-0000-7011-8a10-5d1c2b3a4f11"
OFFER = "0199c0de-0000-7012-8a10-5d1c2b3a4f12"
STATEMENT_RUN = "0199c0de-0000-7013-8a10-5d1c2b3a4f13"
STATEMENT = "0199c0de-0000-7014-8a10-5d1c2b3a4f14"

TOKEN = {"kind": "uid", "value": "04A2B9117E5D80"}
TAP = {
    "kind": "tap",
    "value": "https://groat.example/t/harbour-court?p=EF963FF7828658A599F3041510671E88&m=94EED9EE65337086",
}
AT = "2026-03-02T11:42:07.120000Z"
EXPIRES = "2027-03-02T22:59:59Z"


def page(*items: Any, next_cursor: str | None = None) -> dict[str, Any]:
    """An example of a page."""
    return {"items": list(items), "next_cursor": next_cursor}
