"""Groat is one Django app made of feature folders."""

from importlib import import_module

from django.apps import AppConfig


class GroatConfig(AppConfig):
    name = "groat"
    verbose_name = "Groat"

    def ready(self) -> None:
        # By its name, and only now: it is above this in the order of imports, and needs all models.
        import_module("groat.config.composition")
