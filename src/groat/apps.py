"""Groat is one Django app made of feature folders."""

from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from groat import walls


class GroatConfig(AppConfig):
    name = "groat"
    verbose_name = "Groat"

    def ready(self) -> None:
        # By its name, and only now: it is above this in the order of imports, and needs all models.
        import_module("groat.config.composition")
        post_migrate.connect(walls.build, sender=self)
