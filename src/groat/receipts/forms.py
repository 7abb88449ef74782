"""What a receipt's form asks."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SendForm(forms.Form):
    """To whom it is sent: an address, or nothing for the one that the customer has left."""

    address = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email", "enterkeyhint": "send"}),
    )

    refusal_fields = {"address_unknown": "address"}
