"""What has changed at the provider since this version was made, as far as the engine has noticed."""

from studio.management.checkup.findings import Verdict, ok, warn
from studio.models import PriceDrift, RefusedModel, Surprise


def check_changes() -> Verdict:
    """Whether prices, words or models differ from what this version knows, and nobody has acknowledged it."""
    drifts = PriceDrift.objects.filter(acknowledged_at__isnull=True).count()
    surprises = Surprise.objects.filter(acknowledged_at__isnull=True).count()
    refused = list(RefusedModel.objects.values_list("model", flat=True).distinct()[:5])
    found = [
        f"prices that differ from our list: {drifts:,}" if drifts else "",
        f"words that this version does not know: {surprises:,}" if surprises else "",
        f"models that are refused: {', '.join(refused)}" if refused else "",
    ]
    told = "; ".join(part for part in found if part)
    if not told:
        return ok("Prices, models and answers of the provider are as this version knows them.")
    return warn(
        f"{told[0].upper()}{told[1:]}. Look at “Provider” in a team's menu; manage.py check_provider says more."
    )
