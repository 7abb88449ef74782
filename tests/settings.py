"""Groat's own settings for the tests: a place of their own on disk, known keys, nothing slow.

The place and the database are those that `tests.databases` chose.
"""

import os
from typing import Any

# A run of the tests says where; who only reads the settings, as mypy does, writes nothing.
os.environ.setdefault("GROAT_VAR", "/nowhere")
# Known to everybody, so they guard nothing.
os.environ["GROAT_SECRET_KEY"] = "for-tests-only-" * 4
os.environ["GROAT_TOKEN_KEY"] = "7e57" * 16
os.environ["GROAT_WRAP_KEYS"] = "test:" + "7e57" * 16
# Nothing is sent: Django keeps the letters of a test in mail.outbox.
os.environ["GROAT_MAIL_URL"] = "smtp://127.0.0.1:25?tls=no"
os.environ["GROAT_HOSTS"] = "127.0.0.1,localhost,testserver"

from groat.config.settings import *

# Nobody has gathered the static files under their hashed names.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

_database: dict[str, Any] = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in earnest, so that threads and write-ahead logging are what they are there;
    # nobody pulls the plug on a test, so it need not wait for the disk.
    _database["TEST"] = {"NAME": str(VAR / "test.sqlite3")}
    _database["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
