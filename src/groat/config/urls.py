"""All addresses. Each feature's face brings its own."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.webauthn import views as passkeys
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path

from groat.cards import pages as cards
from groat.config.health import health
from groat.offline import pages as offline
from groat.openings import pages as openings
from groat.programmes import home, joining, look, security
from groat.receipts import pages as receipts
from groat.web import design

# Of allauth's pages those that staff need. A lost password is set anew by a link in an e-mail, so
# only where e-mail is sent.
_account: list[URLPattern | URLResolver] = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("signup/", account.signup, name="account_signup"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", account.password_change, name="account_change_password"),
]
if settings.SENDS_MAIL:
    _account += [
        path("password/reset/", account.password_reset, name="account_reset_password"),
        path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
        re_path(
            r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
            account.password_reset_from_key,
            name="account_reset_password_from_key",
        ),
        path(
            "password/reset/done/",
            account.password_reset_from_key_done,
            name="account_reset_password_from_key_done",
        ),
    ]

_account += [
    *security.urlpatterns,
    path("factor/", mfa.authenticate, name="mfa_authenticate"),
    path("factor/confirm/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("factor/app/", include("allauth.mfa.totp.urls")),
    path("factor/codes/", include("allauth.mfa.recovery_codes.urls")),
    path("factor/passkeys/", security.security, name="mfa_list_webauthn"),
    path("factor/passkeys/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("factor/passkeys/confirm/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("factor/passkeys/<int:pk>/remove/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    *home.urlpatterns,
    *openings.urlpatterns,
    *joining.urlpatterns,
    path("health", health, name="health"),
    *look.public_urlpatterns,
    path("account/", include(_account)),
    *design.urlpatterns,
    path("office/<slug:programme>/", include("groat.config.office")),
    path("till/<slug:programme>/", include("groat.till.pages")),
    path("till/<slug:programme>/", include("groat.drawers.pages")),
    path("till/worker.js", offline.worker, name="till_worker"),
    path("till/<slug:programme>/", include("groat.offline.pages")),
    path("till/<slug:programme>/", include("groat.receipts.pages")),
    *receipts.public_urlpatterns,
    path("till/<slug:programme>/", include("groat.cashiers.pages")),
    path("t/<slug:programme>", cards.tapped, name="tapped"),
    path("t/<slug:programme>/<slug:code>", cards.printed, name="printed"),
    path("api/v1/reader/", include("groat.readers.api")),
    path("api/", include("groat.config.rest")),
]
