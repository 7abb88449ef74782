"""The server's application: the lane for payments, and Django behind it for everything else."""

import os

from django.core.asgi import get_asgi_application


def _composed() -> object:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "groat.config.settings")
    django = get_asgi_application()
    # Only now: the lane imports models, and these need Django to be set up.
    from groat.till.lane import Lane

    return Lane(django)


application = _composed()
