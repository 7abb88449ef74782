"""The server's application: the lane for payments, and Django behind it for everything else."""

import gc
import os

import django
from django.utils.module_loading import import_string

from groat.config.handler import Handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "groat.config.settings")
django.setup(set_prefix=False)
# Found by its name, and only now: the lane imports models, and these need Django to be set up.
application = import_string("groat.till.lane.Lane")(Handler())

# What is loaded by now stays for good. Not looking through all of it again and again for garbage
# spares each payment a few per cent, and the slowest ones a pause.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
