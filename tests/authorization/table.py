"""Who gets what: one line an address. `docs/roles.md` says the same by ability, for people.

The answers are those to the owner, a manager, a creator, a viewer, a member of another team, and nobody, in this order:
a status, or for a redirect the name of where it leads. A `+` says that rows were changed.

`of` is what the id in the address stands for (an attribute of `scenery.House` or `scenery.Scenery`), `query` and `data`
what is sent along; in both, `{house...}` is filled in.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The answers of one address."""

    GET: str
    POST: str
    of: str = ""
    query: str = ""
    data: dict[str, str] = field(default_factory=dict)


def own(answer: str, nobody: str = "sign_in") -> str:
    """The same to everybody who is signed in, and what nobody gets."""
    return f"{' '.join([answer] * 5)} {nobody}"


# fmt: off
FORM_ONLY = "405 405 405 405 405 sign_in"   # opened, and is no page
PAGE_ONLY = "405 405 405 405 405 sign_in"   # sent to, and takes nothing
MEMBERS = "200 200 200 200 404 sign_in"
CREATORS = "200 200 200 404 404 sign_in"
MANAGERS = "200 200 404 404 404 sign_in"
OWNERS = "200 404 404 404 404 sign_in"
PERSONS = "200 200 200 200 200 sign_in"     # each their own
PUBLIC = "200 200 200 200 200 200"

COMPOSED = {
    "prompt": "A paper boat", "model": "gen4.5", "ratio": "1280:720", "duration_s": "2", "takes": "1", "seed": "7",
    "token": "11111111-1111-4111-8111-111111111111", "seen_credits": "24",
}

STUDIO: dict[str, Row] = {
    "home": Row(GET="team_home team_home team_home team_home team_home sign_in", POST=PAGE_ONLY),
    "healthz": Row(GET=PUBLIC, POST="405 405 405 405 405 405"),
    "readyz": Row(GET=PUBLIC, POST="405 405 405 405 405 405"),
    "theme": Row(GET="405 405 405 405 405 405", POST="home home home home home home"),
    # takes
    "cancel": Row(GET=FORM_ONLY, POST="studio+ studio+ studio 404 404 sign_in", of="queued"),
    "retry": Row(GET=FORM_ONLY, POST="studio+ studio+ studio+ 404 404 sign_in", of="failed"),
    "reuse": Row(GET="studio studio studio studio 404 sign_in", POST=PAGE_ONLY, of="failed"),
    "decide": Row(GET=FORM_ONLY, POST="checking+ checking+ 404 404 404 sign_in", of="unknown", data={"decision": "give_back"}),
    # clips and references
    "clip": Row(GET=MEMBERS, POST=PAGE_ONLY, of="clip"),
    "clip_file": Row(GET=MEMBERS, POST=PAGE_ONLY, of="clip"),
    "clip_poster": Row(GET=MEMBERS, POST=PAGE_ONLY, of="clip"),
    "clip_download": Row(GET=MEMBERS, POST=PAGE_ONLY, of="clip"),
    "clip_part": Row(GET=MEMBERS, POST=PAGE_ONLY, of="clip"),
    "clip_zip": Row(GET=MEMBERS, POST=PAGE_ONLY, of="clip"),
    "clip_frame": Row(GET=FORM_ONLY, POST="clip clip clip 404 404 sign_in", of="clip", data={"at": "never", "use": "keep"}),
    "clip_menu": Row(GET="clip clip clip 404 404 sign_in", POST=PAGE_ONLY, of="clip"),
    "reference_image": Row(GET=MEMBERS, POST=PAGE_ONLY, of="reference"),
    "reference_thumb": Row(GET=MEMBERS, POST=PAGE_ONLY, of="reference"),
    # a team's pages
    "team_home": Row(GET=MEMBERS, POST=PAGE_ONLY),
    "create_project": Row(GET=FORM_ONLY, POST="studio+ studio+ studio+ 404 404 sign_in", data={"name": "Lighthouse"}),
    "checking": Row(GET=MANAGERS, POST=PAGE_ONLY),
    "try_line": Row(GET=FORM_ONLY, POST="team_home+ team_home+ 404 404 404 sign_in"),
    "keys": Row(GET=OWNERS, POST="keys+ 404 404 404 404 sign_in", data={"key": "key_" + "ab" * 64}),
    "retire_key": Row(GET=FORM_ONLY, POST="keys 404 404 404 404 sign_in"),
    "provider": Row(GET=OWNERS, POST=PAGE_ONLY),
    "provider_seen": Row(GET=FORM_ONLY, POST="provider+ 404 404 404 404 sign_in", data={"kind": "drift", "row": "{house.drift.pk}"}),
    # a project's pages
    "studio": Row(GET=MEMBERS, POST=PAGE_ONLY),
    "takes": Row(GET=MEMBERS, POST=PAGE_ONLY),
    "changes": Row(GET="studio studio studio studio 404 sign_in", POST=PAGE_ONLY),
    "gallery": Row(GET=MEMBERS, POST=PAGE_ONLY),
    "generate": Row(GET=FORM_ONLY, POST="studio+ studio+ studio+ 404 404 sign_in", data=COMPOSED),
    "composer": Row(GET=CREATORS, POST=CREATORS, data=COMPOSED),
    "prompt_hints": Row(GET=FORM_ONLY, POST=CREATORS, data=COMPOSED),
    "references": Row(GET=FORM_ONLY, POST=CREATORS, query="slot=first_frame"),
}

PEOPLE_AND_TEAMS: dict[str, Row] = {
    "team_closing": Row(GET="404 404 404 404 404 sign_in", POST=PAGE_ONLY),
    "members": Row(GET=MEMBERS, POST=PAGE_ONLY),
    "change_role": Row(GET=FORM_ONLY, POST="422 422 404 404 404 sign_in", of="member"),
    "remove_member": Row(GET=MANAGERS, POST="members+ members+ 404 404 404 sign_in", of="member"),
    "invite": Row(GET=MANAGERS, POST="422 422 404 404 404 sign_in"),
    "revoke_invitation": Row(GET=FORM_ONLY, POST="members+ members+ 404 404 404 sign_in", of="invitation"),
    "resend_invitation": Row(GET=FORM_ONLY, POST="members+ members+ 404 404 404 sign_in", of="invitation"),
    "invitation": Row(GET=own("403", "200"), POST=own("405", "405"), of="secret"),
    "accept_invitation": Row(GET=own("405", "405"), POST=own("403", "invitation"), of="secret"),
    "project_members": Row(GET=MANAGERS, POST="project_members project_members 404 404 404 sign_in"),
    "leave_team": Row(GET=MEMBERS, POST="422 home+ home+ home+ 404 sign_in"),
    "team_settings": Row(GET=OWNERS, POST="422 404 404 404 404 sign_in"),
    "delete_team": Row(GET=OWNERS, POST="422 404 404 404 404 sign_in"),
    "take_back_deletion": Row(GET=FORM_ONLY, POST="team_home 404 404 404 404 sign_in"),  # it is open: nothing to do
    "export_team": Row(GET=OWNERS, POST=PAGE_ONLY),
    "audit": Row(GET=OWNERS, POST=PAGE_ONLY),
    "audit_export": Row(GET=FORM_ONLY, POST="audit 404 404 404 404 sign_in"),
    "my_teams": Row(GET=PERSONS, POST=PAGE_ONLY),
    "create_team": Row(GET=PERSONS, POST="422 422 422 422 422 sign_in"),
    "join_by_domain": Row(GET=PERSONS, POST="404 404 404 404 404 sign_in"),
    # a person's own
    "profile": Row(GET=PERSONS, POST="422 422 422 422 422 sign_in"),
    "avatar": Row(GET=FORM_ONLY, POST="422 422 422 422 422 sign_in"),
    "avatar_of": Row(GET="404 404 404 404 404 sign_in", POST=PAGE_ONLY, of="owner"),  # who has none
    "notification_choices": Row(GET=PERSONS, POST=f"{'notification_choices+ ' * 5}sign_in"),
    "notices": Row(GET=PERSONS, POST=PAGE_ONLY),
    "open_notice": Row(GET="notices 404 404 404 404 sign_in", POST="notices+ 404 404 404 404 sign_in", of="notice"),
    "read_notice": Row(GET=FORM_ONLY, POST="notices+ 404 404 404 404 sign_in", of="notice"),
    "read_notices": Row(GET=FORM_ONLY, POST="notices notices notices notices notices sign_in"),
    "push_subscribe": Row(GET=FORM_ONLY, POST="422 422 422 422 422 sign_in"),
    "push_unsubscribe": Row(GET=FORM_ONLY, POST="200 200 200 200 200 sign_in"),
    "push_worker": Row(GET=PUBLIC, POST="405 405 405 405 405 405"),
    "tokens": Row(GET=PERSONS, POST="422 422 422 422 422 sign_in"),
    "revoke_token": Row(GET=FORM_ONLY, POST="tokens+ 404 404 404 404 sign_in", of="token"),
    "team_tokens": Row(GET=MANAGERS, POST=PAGE_ONLY),
    "revoke_team_token": Row(GET=FORM_ONLY, POST="team_tokens+ 404 404 404 404 sign_in", of="token"),
    "enter_by_invitation": Row(GET=own("405", "405"), POST=own("invitation", "invitation"), of="secret"),
    "activity": Row(GET=PERSONS, POST=PAGE_ONLY),
    "personal_data": Row(GET=PERSONS, POST=PAGE_ONLY),
    "export_data": Row(GET=FORM_ONLY, POST="200 200 200 200 200 sign_in"),
    "delete_account": Row(GET=PERSONS, POST="422 422 422 422 422 sign_in"),
}

NO_TOKEN = own("401", "401")                # an API asks for a token, and no cookie is one
API: dict[str, Row] = {
    "api_me": Row(GET=NO_TOKEN, POST=NO_TOKEN),
    "api_projects": Row(GET=NO_TOKEN, POST=NO_TOKEN),
    "api_clips": Row(GET=NO_TOKEN, POST=NO_TOKEN),
    "api_generations": Row(GET=NO_TOKEN, POST=NO_TOKEN),
    "api_clip": Row(GET=NO_TOKEN, POST=NO_TOKEN, of="clip"),
    "api_clip_download": Row(GET=NO_TOKEN, POST=NO_TOKEN, of="clip"),
    "api_generation": Row(GET=NO_TOKEN, POST=NO_TOKEN, of="queued"),
    "api_nothing": Row(GET=own("404", "404"), POST=own("404", "404")),
    "api/<path:rest>": Row(GET=own("404", "404"), POST=own("404", "404")),
}

ENTRANCE: dict[str, Row] = {
    "sign_in": Row(GET=own("home", "200"), POST=own("home", "422")),
    "sign_out": Row(GET=own("200"), POST=own("sign_in")),
    "account_login": Row(GET=own("home", "200"), POST=own("home", "422")),
    "account_logout": Row(GET=own("200"), POST=own("sign_in")),
    "account_inactive": Row(GET=PUBLIC, POST=own("405", "405")),
    "account_signup": Row(GET=own("home", "200"), POST=own("home", "422")),
    "account_reauthenticate": Row(GET=PERSONS, POST=own("422")),
    "account_request_reauthentication_code": Row(GET=PERSONS, POST=own("422")),
    "account_confirm_reauthentication_code": Row(GET=own("account_request_reauthentication_code"), POST=own("account_request_reauthentication_code")),
    "account_email": Row(GET=PERSONS, POST=own("account_email")),
    "account_email_verification_sent": Row(GET=PUBLIC, POST=own("405", "405")),
    "account_confirm_email": Row(GET=PUBLIC, POST=own("404", "404")),
    "account_change_password": Row(GET=PERSONS, POST=own("422")),
    "account_set_password": Row(GET=own("account_change_password"), POST=own("account_change_password")),
    "account_reset_password": Row(GET=PUBLIC, POST=own("422", "422")),
    "account_reset_password_done": Row(GET=PUBLIC, POST=own("405", "405")),
    "account_reset_password_from_key": Row(GET=own("account_reset_password_from_key", "account_reset_password_from_key"), POST=own("account_reset_password_from_key", "account_reset_password_from_key"), of="reset_key"),
    "account_reset_password_from_key_done": Row(GET=PUBLIC, POST=own("405", "405")),
    "account_request_login_code": Row(GET=own("home", "200"), POST=own("home", "422")),
    "account_confirm_login_code": Row(GET=own("home", "account_request_login_code"), POST=own("home", "account_request_login_code")),
    "mfa_index": Row(GET=PERSONS, POST=PAGE_ONLY),
    "mfa_authenticate": Row(GET=own("home", "account_login"), POST=own("home", "account_login")),
    "mfa_reauthenticate": Row(GET=own("account_reauthenticate"), POST=own("account_reauthenticate")),
    "mfa_activate_totp": Row(GET=PERSONS, POST=own("422")),
    "mfa_deactivate_totp": Row(GET=own("404"), POST=own("404")),
    "mfa_view_recovery_codes": Row(GET=own("404"), POST=PAGE_ONLY),
    "mfa_generate_recovery_codes": Row(GET=PERSONS, POST=own("422")),
    "mfa_download_recovery_codes": Row(GET=own("404"), POST=own("404")),
    "mfa_list_webauthn": Row(GET=PERSONS, POST=PAGE_ONLY),
    "mfa_add_webauthn": Row(GET=PERSONS, POST=own("422")),
    "mfa_reauthenticate_webauthn": Row(GET=own("account_reauthenticate"), POST=own("account_reauthenticate")),
    "mfa_remove_webauthn": Row(GET=own("404"), POST=own("404"), of="passkey"),  # another person's
    "mfa_edit_webauthn": Row(GET=own("404"), POST=own("404"), of="passkey"),
    "mfa_login_webauthn": Row(GET=own("home", "account_login"), POST=own("home", "account_login")),
    "socialaccount_connections": Row(GET=PERSONS, POST=own("422")),
    "socialaccount_login_cancelled": Row(GET=PUBLIC, POST=own("405", "405")),
    "socialaccount_login_error": Row(GET=own("401", "401"), POST=own("405", "405")),
    "socialaccount_signup": Row(GET=own("account_login", "account_login"), POST=own("account_login", "account_login")),
    "accounts/social/login/cancelled/": Row(GET=own("socialaccount_login_cancelled"), POST=own("socialaccount_login_cancelled")),
    "accounts/social/login/error/": Row(GET=own("socialaccount_login_error"), POST=own("socialaccount_login_error")),
    "accounts/social/signup/": Row(GET=own("socialaccount_signup"), POST=own("socialaccount_signup")),
    "accounts/social/connections/": Row(GET=own("socialaccount_connections"), POST=own("socialaccount_connections")),
    "end_session": Row(GET=FORM_ONLY, POST=own("usersessions_list")),  # there is none of this number
    "end_sessions": Row(GET=FORM_ONLY, POST="usersessions_list+ usersessions_list usersessions_list usersessions_list usersessions_list+ sign_in"),
    "usersessions_list": Row(GET=PERSONS, POST=PAGE_ONLY),
}

TABLE: dict[str, Row] = {**STUDIO, **PEOPLE_AND_TEAMS, **API, **ENTRANCE}

GROUPS: dict[str, Row] = {
    "admin:": Row(GET="404 404 404 404 404 sign_in", POST="404 404 404 404 404 sign_in"),
    "hijack:": Row(GET=own("404"), POST=own("404")),
}
"""Addresses that are checked by their beginning: each of them is asked all the same."""
# fmt: on


def row_of(name: str) -> Row | None:
    """The line of an address, or that of its group."""
    found = TABLE.get(name)
    return found or next((row for start, row in GROUPS.items() if name.startswith(start)), None)
