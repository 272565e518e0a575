"""What each role may do: the one table that code, tests and `docs/roles.md` share."""

from enum import StrEnum

from accounts.enums import Role


class Ability(StrEnum):
    """Something that a member may or may not do in a team. The value is how the docs say it."""

    SEE = "see projects, takes and clips"
    GENERATE = "generate, upload references, make projects, cancel and retry their own takes"
    CANCEL_OTHERS = "cancel the takes of others"
    DECIDE = "decide takes whose outcome is unknown, and try a stopped line again"
    INVITE = "invite people, up to their own role"
    MANAGE_MEMBERS = "change the roles of members below them, and remove those"
    SET_BUDGETS = "set budgets"
    SEE_REPORTS = "see credit reports"
    SHARE_OUTSIDE = "share clips outside the team"
    CHOOSE_PROJECT_MEMBERS = "make a project confidential and choose who sees it"
    SEE_AUDIT = "read the team's audit log"
    CHANGE_KEYS = "change the team's provider key and look after the provider's changes"
    CHANGE_TEAM = "rename the team, require second factors, allow joining by domain"
    DELETE_TEAM = "export and delete the team"


LEAST_ROLE: dict[Ability, Role] = {
    Ability.SEE: Role.VIEWER,
    Ability.GENERATE: Role.CREATOR,
    Ability.CANCEL_OTHERS: Role.MANAGER,
    Ability.DECIDE: Role.MANAGER,
    Ability.INVITE: Role.MANAGER,
    Ability.MANAGE_MEMBERS: Role.MANAGER,
    Ability.SET_BUDGETS: Role.MANAGER,
    Ability.SEE_REPORTS: Role.MANAGER,
    Ability.SHARE_OUTSIDE: Role.MANAGER,
    Ability.CHOOSE_PROJECT_MEMBERS: Role.MANAGER,
    Ability.SEE_AUDIT: Role.OWNER,
    Ability.CHANGE_KEYS: Role.OWNER,
    Ability.CHANGE_TEAM: Role.OWNER,
    Ability.DELETE_TEAM: Role.OWNER,
}


def may(role: Role, ability: Ability) -> bool:
    """Whether somebody with this role has the ability."""
    return role >= LEAST_ROLE[ability]
