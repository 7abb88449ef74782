"""The living page of components."""

import re
from pathlib import Path

from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

import groat.web
from groat.web import tags
from tests.offices import text, toasts

WEB = Path(groat.web.__file__).parent


def test_the_demo_shows_every_component_that_is_styled(settings: LazySettings):
    settings.DEMO = True

    page = text(Client().get("/office/design/"))

    sections = (WEB / "static/web/components.css").read_text().split("/* ---- ")[1:]
    first = [re.search(r"^  \.([a-z][\w-]*)", section, re.MULTILINE) for section in sections]
    shown = {name for classes in re.findall(r'class="([^"]*)"', page) for name in classes.split()}
    assert len(sections) > 20
    assert {found.group(1) for found in first if found} - shown == set()
    assert all(f"<code>{name}</code>" in page for name in tags.icons())


def test_outside_the_demo_there_is_no_such_page():
    assert Client().get("/office/design/").status_code == 404
    assert Client().post("/office/design/good/").status_code == 404


def test_a_toast_of_each_tone_is_shown_and_a_good_one_can_be_taken_back(settings: LazySettings):
    settings.DEMO = True
    client = Client()
    says = {"good": "Saved.", "bad": "That did not work.", "warn": "The network is slow.", "info": "Undone."}

    for tone in says:
        answer = client.post(reverse("design_say", kwargs={"tone": tone}))

    assert toasts(answer) == list(says.values())
    assert "/office/design/info/" in text(client.get("/office/design/"))
    assert client.post("/office/design/loud/").status_code == 404
