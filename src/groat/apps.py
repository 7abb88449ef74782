"""Groat is one Django app made of feature folders."""

from django.apps import AppConfig


class GroatConfig(AppConfig):
    name = "groat"
    verbose_name = "Groat"
