"""What an installation is told from outside."""

import pytest

from groat.config import environment

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def test_without_an_address_no_mail_is_sent():
    assert environment.mailers("") == {"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}


@pytest.mark.parametrize(
    ("url", "options"),
    [
        (
            "smtp://groat%40example.org:p%3Aw@mail.example.org",
            {"host": "mail.example.org", "port": 587, "username": "groat@example.org", "password": "p:w"}
            | {"use_ssl": False, "use_tls": True},
        ),
        (
            "smtps://mail.example.org",
            {"host": "mail.example.org", "port": 465, "username": "", "password": ""}
            | {"use_ssl": True, "use_tls": False},
        ),
        (
            "smtp://127.0.0.1:25?tls=no",
            {"host": "127.0.0.1", "port": 25, "username": "", "password": ""} | {"use_ssl": False, "use_tls": False},
        ),
    ],
)
def test_mail_is_sent_as_the_address_says(url: str, options: dict[str, object]):
    assert environment.mailers(url) == {"default": {"BACKEND": SMTP, "OPTIONS": options | {"timeout": 10}}}


@pytest.mark.parametrize("url", ["mail.example.org", "http://mail.example.org", "smtp://", "smtp://h?tls=maybe"])
def test_an_address_that_says_nothing_clear_is_refused(url: str):
    with pytest.raises(environment.Misconfigured):
        environment.mailers(url)
