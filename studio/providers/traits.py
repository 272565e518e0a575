"""What pages must know of a provider without asking it: by the name that a take carries."""

CANNOT_CANCEL = frozenset({"cometapi"})
"""Once a task is there it runs to its end."""

TELLS_NO_COSTS = frozenset({"cometapi"})
"""Every charge is the price card's: an estimate."""
