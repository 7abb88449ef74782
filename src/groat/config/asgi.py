"""The server's application: the lane for payments, and Django behind it for everything else."""

import os

from django.core.asgi import get_asgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "groat.config.settings")
django = get_asgi_application()
# Found by its name, and only now: the lane imports models, and these need Django to be set up.
application = import_string("groat.till.lane.Lane")(django)
