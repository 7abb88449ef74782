"""The server's application: the lane for payments, and Django behind it for everything else."""

import gc
import os

from django.core.asgi import get_asgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "groat.config.settings")
django = get_asgi_application()
# Found by its name, and only now: the lane imports models, and these need Django to be set up.
application = import_string("groat.till.lane.Lane")(django)

# What is loaded by now stays for good. Not looking through all of it again and again for garbage
# spares each payment a few per cent, and the slowest ones a pause.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
