"""The form by which an owner enters the team's key."""

import re

from django import forms
from django.conf import settings

from studio.generations.provider_keys import COMET

RUNWAY_KEY = re.compile(r"key_[0-9a-f]{128}")
ANY_KEY = re.compile(r"[!-~]{8,300}")
PLAIN = re.compile(r"[ -~]*")
WRONG_SHAPE = (
    "That is not a key of Runway's: one is key_ and 128 more characters, 0 to 9 and a to f. Copy it again from the "
    "developer page; a part of it may be missing."
)


class KeyForm(forms.Form):
    """A key, and the name that the provider is told with it. The key is never shown again, not even with an error."""

    key = forms.CharField(
        max_length=400,
        widget=forms.PasswordInput(render_value=False),
        error_messages={"required": "Paste the key.", "max_length": WRONG_SHAPE},
    )
    on_behalf_of = forms.CharField(
        required=False, max_length=200, error_messages={"max_length": "Use at most 200 characters."}
    )

    def clean_key(self) -> str:
        """The key, if it can be one."""
        key: str = self.cleaned_data["key"].strip()
        if settings.VIDEO_PROVIDER == COMET:
            if not ANY_KEY.fullmatch(key):
                raise forms.ValidationError("That is not a key: it has spaces, or is too short or too long.")
        elif not RUNWAY_KEY.fullmatch(key):
            raise forms.ValidationError(WRONG_SHAPE)
        return key

    def clean_on_behalf_of(self) -> str:
        """What a header can carry."""
        name: str = self.cleaned_data["on_behalf_of"].strip()
        if not PLAIN.fullmatch(name):
            raise forms.ValidationError("Use plain letters, digits and signs.")
        return name
