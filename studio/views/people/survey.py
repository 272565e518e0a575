"""What letting somebody go means, thing by thing, in words."""

from dataclasses import dataclass

from django.template.defaultfilters import filesizeformat

from studio.leaving import Leaving


@dataclass(frozen=True, slots=True)
class Line:
    """How much of a thing there is, and what becomes of it."""

    name: str
    count: str
    becomes: str


def lines_of(found: Leaving, *, is_own: bool, is_account: bool = False) -> list[Line]:
    """The lines of all that there is; an empty list where nothing is."""
    whose = "you alone see" if is_own else "nobody else sees, beside the owners"
    told = [
        (found.waiting_count, "Waiting takes", "",
         f"cancelled; {found.waiting_credits:,} credits come back to the team"),
        (found.under_way_count, "Takes under way", "",
         f"finished, paid and stored: {found.under_way_credits:,} credits are held for them"),
        (found.clip_count, "Clips", f", {filesizeformat(found.clip_bytes)}",
         "stay in their projects and pass to the heir"),
        (found.take_count, "Takes in all", "", "pass to the heir; their history keeps the name"),
        (found.project_count, "Projects", "", "pass to the heir"),
        (found.lonely_count, f"Confidential projects that {whose}", "",
         "the heir sees them from then on, or an owner where the heir may not"),
        (found.confidential_count - found.lonely_count, "Other confidential projects", "",
         "go on with their other members; the heir joins them"),
        (found.prompt_count, "Prompts", "", "stay, under the name of who wrote them"),
        (found.reference_count, "References", "", "stay with the team"),
        (found.token_count, "API tokens of this team", "", "revoked at once"),
        (found.invitation_count, "Open invitations", "", "revoked: their links stop working"),
        (0 if is_own and not is_account else found.session_count, "Sessions", "", "ended: signed out everywhere"),
    ]  # fmt: skip
    return [Line(name, f"{count:,}{more}", becomes) for count, name, more, becomes in told if count]
