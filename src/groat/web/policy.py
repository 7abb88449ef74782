"""What a page may do beyond the Content-Security-Policy of all pages."""

from typing import Any

from django.conf import settings
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override

_OF_ALL_PAGES: dict[str, Any] = settings.SECURE_CSP

reads_codes = csp_override({**_OF_ALL_PAGES, "script-src": [*_OF_ALL_PAGES["script-src"], CSP.WASM_UNSAFE_EVAL]})
"""For a view whose page has web/components/camera.html: what decodes the picture is WebAssembly, and of this server."""
