"""What features tell each other without knowing each other: brought together as soon as Django is set up.

Whichever process it is (server, worker, a command), what is booked and shown is then the same.
"""

from groat.cards import office as cards
from groat.cashiers import door
from groat.cashiers import queries as cashiers
from groat.customers import lots, panels, statements
from groat.drawers import writing as drawers
from groat.offline import office as offline
from groat.offline import pages as offline_pages
from groat.openings import queries as openings
from groat.programmes import access, home
from groat.programmes import queries as programmes
from groat.readers import queries as readers
from groat.readers import shown as readers_shown
from groat.reports import office_trail as trail
from groat.settlements import office as settlements
from groat.till import news, pages, shown
from groat.till import office as till
from groat.topups import office as topups
from groat.topups import writing as selling
from groat.topups.expiry import reasons

panels.register(cards.panel, settlements.panel, offline.panel, trail.panel)
lots.register(reasons.explain)
statements.register(topups.tell, till.tell)
selling.register(drawers.count_in)
programmes.register_names("reader", readers.names)
news.register(readers.changes)
news.register(cashiers.changes)
access.register(door.let_in)
home.register(openings.may_open)
shown.register(readers_shown.beside)
pages.register(offline_pages.about)
