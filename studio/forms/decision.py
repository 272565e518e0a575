"""The form by which a person decides about a take that is "Checking"."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.db.models import TextChoices

MOST_DIGITS = 1_000_000_000


class Decision(TextChoices):
    """What may be decided."""

    FOLLOW = "follow", "It was bought, and I know its task"
    CHARGE = "charge", "It was bought, its clip cannot be found"
    GIVE_BACK = "give_back", "It was not bought: give the credits back"
    SEND_AGAIN = "send_again", "It was not bought: give back and send again"


class DecisionForm(forms.Form):
    """A decision, with the task id or the credits that it needs. The domain checks whether they will do."""

    decision = forms.ChoiceField(choices=Decision.choices, error_messages={"required": "Choose what happened."})
    task_id = forms.CharField(required=False, max_length=200)
    credits = forms.IntegerField(
        required=False, max_value=MOST_DIGITS, error_messages={"invalid": "Type a whole number of credits."}
    )
    token = forms.UUIDField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        decision = cleaned.get("decision")
        if decision == Decision.FOLLOW and not cleaned.get("task_id") and "task_id" not in self.errors:
            self.add_error("task_id", "Type the id of its task, as the provider shows it.")
        if decision == Decision.CHARGE and cleaned.get("credits") is None and "credits" not in self.errors:
            self.add_error("credits", "Type how many credits were charged.")
        return cleaned

    @property
    def token_or_new(self) -> UUID:
        """The form's one-time token; a form without one counts as a new one."""
        return self.cleaned_data.get("token") or uuid4()
