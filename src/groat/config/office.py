"""The office, composed: the pages of all features, and the navigation."""

from itertools import chain

from django.utils.translation import gettext_lazy as _

from groat.cards import office as cards
from groat.cashiers import office as cashiers
from groat.catalogue import office as catalogue
from groat.customers import office as customers
from groat.customers import office_groups as groups
from groat.customers import office_import as customer_import
from groat.customers import office_list as customer_list
from groat.drawers import office as drawers
from groat.offline import office as offline
from groat.openings import office as openings
from groat.programmes import access
from groat.programmes import office as programmes
from groat.readers import office as readers
from groat.receipts import office as receipts
from groat.reports import office as reports
from groat.settlements import office as settlements
from groat.till import office as till
from groat.topups import office as topups
from groat.topups.expiry import office as expiry
from groat.web import navigation
from groat.web.navigation import Item

navigation.register(
    Item(_("Overview"), "office", "house", access.OFFICE),
    Item(_("Customers"), "customers", "users", access.OFFICE),
    Item(_("Payments"), "payments", "receipt", access.OFFICE),
    Item(_("To the till"), "tills", "store", access.MANAGE),
    Item(_("Cards"), "cards", "credit-card", access.OFFICE),
    Item(_("Accounts"), "accounts", "wallet", access.OFFICE),
    Item(_("Cash drawers"), "drawers", "coins", access.OFFICE),
    Item(_("Without network"), "offline", "wifi-off", access.OFFICE),
    Item(_("Reports"), "reports", "calculator", access.OFFICE),
    Item(_("Products"), "products", "package", access.OFFICE, _("What is sold")),
    Item(_("Offers"), "offers", "gift", access.OFFICE, _("What is sold")),
    Item(_("Expiry of credits"), "expiry", "hourglass", access.OWNER, _("What is sold")),
    Item(_("Sites and tills"), "sites", "map-pin", access.OFFICE, _("What is sold")),
    Item(_("Staff"), "staff", "id-card", access.OWNER, _("Programme")),
    Item(_("Cashiers"), "cashiers", "circle-user", access.MANAGE, _("Programme")),
    Item(_("E-mails"), "letters", "mail", access.OFFICE, _("Programme")),
    Item(_("Audit trail"), "audit", "scroll-text", access.OFFICE, _("Programme")),
    Item(_("API keys"), "api_keys", "key-round", access.OWNER, _("Programme")),
    Item(_("Settings"), "programme", "settings", access.OWNER, _("Programme")),
)

urlpatterns = list(
    chain(
        reports.urlpatterns,
        customer_list.urlpatterns,
        customer_import.urlpatterns,
        customers.urlpatterns,
        groups.urlpatterns,
        topups.urlpatterns,
        expiry.urlpatterns,
        cards.urlpatterns,
        till.urlpatterns,
        drawers.urlpatterns,
        settlements.urlpatterns,
        offline.urlpatterns,
        receipts.urlpatterns,
        cashiers.urlpatterns,
        readers.urlpatterns,
        catalogue.urlpatterns,
        programmes.urlpatterns,
        openings.urlpatterns,
    )
)
