"""Roles and the other closed lists of people and teams."""

from django.db import models


class Role(models.IntegerChoices):
    """What a member may do in a team: each role may do all that the ones below it may. See `accounts/abilities.py`."""

    VIEWER = 10, "Viewer"
    CREATOR = 20, "Creator"
    MANAGER = 30, "Manager"
    OWNER = 40, "Owner"


class Theme(models.TextChoices):
    """How the site looks."""

    SYSTEM = "system", "As the system"
    DARK = "dark", "Dark"
    LIGHT = "light", "Light"


class Scope(models.TextChoices):
    """What an API token may be used for. A token never may what its person may not."""

    READ = "read", "Read projects, takes and clips"
    GENERATE = "generate", "Generate and cancel"
    REPORTS = "reports", "Read credit reports"


class Channel(models.TextChoices):
    """Ways in which a notice reaches a person."""

    PAGE = "page", "In the page"
    MAIL = "mail", "By e-mail"
    PUSH = "push", "In the browser, also when the page is closed"


class NoticeKind(models.TextChoices):
    """What people are told about."""

    TAKE_READY = "take_ready", "A long take of mine is ready"
    TAKE_FAILED = "take_failed", "A take of mine has failed"
    HANDED_OVER = "handed_over", "Work is handed over to me"
    ROLE_CHANGED = "role_changed", "My role in a team changes"
    JOINED = "joined", "Somebody accepts my invitation"
    SECURITY = "security", "Something about my account's security"


class AuditAction(models.TextChoices):
    """What the audit log tells. The value is the key in exports; the label is what happened, in words."""

    SIGNED_IN = "signed_in", "signed in"
    SIGN_IN_FAILED = "sign_in_failed", "failed to sign in"
    SIGNED_OUT = "signed_out", "signed out"
    SIGNED_UP = "signed_up", "signed up"
    SESSIONS_ENDED = "sessions_ended", "ended sessions"
    PASSWORD_CHANGED = "password_changed", "changed the password"
    PASSWORD_RESET = "password_reset", "reset the password"
    EMAIL_CHANGED = "email_changed", "changed the e-mail address"
    SECOND_FACTOR_ADDED = "second_factor_added", "added a second factor"
    SECOND_FACTOR_REMOVED = "second_factor_removed", "removed a second factor"
    RECOVERY_CODES_MADE = "recovery_codes_made", "made new recovery codes"
    LOGIN_CONNECTED = "login_connected", "connected an outside login"
    LOGIN_DISCONNECTED = "login_disconnected", "disconnected an outside login"
    PROFILE_CHANGED = "profile_changed", "changed the profile"
    DATA_EXPORTED = "data_exported", "exported their data"
    ACCOUNT_DELETED = "account_deleted", "deleted their account"
    TEAM_CREATED = "team_created", "created the team"
    TEAM_CHANGED = "team_changed", "changed the team"
    TEAM_EXPORTED = "team_exported", "exported the team"
    TEAM_DELETION_ASKED = "team_deletion_asked", "asked for the team's deletion"
    TEAM_DELETION_TAKEN_BACK = "team_deletion_taken_back", "took the team's deletion back"
    TEAM_DELETED = "team_deleted", "deleted the team"
    INVITED = "invited", "invited"
    INVITATION_RESENT = "invitation_resent", "sent an invitation again"
    INVITATION_REVOKED = "invitation_revoked", "revoked an invitation"
    INVITATION_ACCEPTED = "invitation_accepted", "accepted an invitation"
    JOINED_BY_DOMAIN = "joined_by_domain", "joined by the domain of their address"
    MEMBER_ADDED = "member_added", "added a member"
    ROLE_CHANGED = "role_changed", "changed a role"
    MEMBER_REMOVED = "member_removed", "removed a member"
    MEMBER_LEFT = "member_left", "left the team"
    WORK_HANDED_OVER = "work_handed_over", "handed work over"
    PROJECT_CREATED = "project_created", "created a project"
    PROJECT_CHANGED = "project_changed", "changed a project"
    PROJECT_MEMBERS_CHANGED = "project_members_changed", "changed who sees a project"
    TOKEN_MADE = "token_made", "made an API token"
    TOKEN_REVOKED = "token_revoked", "revoked an API token"
    KEY_ENTERED = "key_entered", "entered a provider key"
    KEY_RETIRED = "key_retired", "retired the provider key"
    TAKE_CANCELLED = "take_cancelled", "cancelled another person's take"
    TAKE_DECIDED = "take_decided", "decided a take whose outcome was unknown"
    CREDITS_GRANTED = "credits_granted", "granted credits"
    CREDITS_ADJUSTED = "credits_adjusted", "adjusted credits"
    BUDGET_CHANGED = "budget_changed", "changed a budget"
    SHARED = "shared", "shared outside"
    SHARE_REVOKED = "share_revoked", "revoked a share"
    CLIP_DELETED = "clip_deleted", "deleted a clip"
    AUDIT_EXPORTED = "audit_exported", "exported the audit log"
    VIEWED_AS = "viewed_as", "began to view the site as"
    VIEWED_AS_ENDED = "viewed_as_ended", "ended viewing the site as"
    STAFF_CHANGED = "staff_changed", "changed a row in the Django admin"
