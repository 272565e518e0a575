"""The error tree of the domain, split by what the caller does. Each text is a sentence for people."""


class StudioError(Exception):
    """The base: something a person asked for cannot be done. `str(error)` is the sentence to show."""


class NotEnoughCredits(StudioError):
    """The team's balance does not cover the quote."""

    def __init__(self, *, quote_credits: int, balance_credits: int) -> None:
        self.quote_credits = quote_credits
        self.balance_credits = balance_credits
        self.missing_credits = quote_credits - balance_credits
        super().__init__(
            f"This costs {quote_credits:,} credits and the team has {balance_credits:,}: "
            f"{self.missing_credits:,} are missing. Choose a shorter clip or fewer takes, or ask an owner for more."
        )


class PriceChanged(StudioError):
    """The quote is higher than the price that the person saw."""

    def __init__(self, *, seen_credits: int, quote_credits: int) -> None:
        self.seen_credits = seen_credits
        self.quote_credits = quote_credits
        super().__init__(
            f"The price is {quote_credits:,} credits now, not {seen_credits:,}. Nothing was started: "
            "press Generate again if that is all right."
        )


class NotPossible(StudioError):
    """The thing is not in a state in which this can be done."""


class InvalidDecision(StudioError):
    """What was typed with a decision will not do. `field` is the form's."""

    def __init__(self, field: str, sentence: str) -> None:
        self.field = field
        super().__init__(sentence)


class InvalidSpec(StudioError):
    """The request breaks the model's rules. `problems` maps fields to sentences."""

    def __init__(self, problems: dict[str, str]) -> None:
        self.problems = problems
        super().__init__(" ".join(problems.values()))
