"""Members of a team, roles, invitations."""

from django.urls import URLPattern, URLResolver, path

from studio.views.people import invitations, joining, members

urlpatterns: list[URLPattern | URLResolver] = [
    path("invitations/<str:token>/", joining.invitation, name="invitation"),
    path("invitations/<str:token>/accept/", joining.accept_invitation, name="accept_invitation"),
    path("invitations/<str:token>/enter/", joining.enter_by_invitation, name="enter_by_invitation"),
    path("<slug:team>/members/", members.members, name="members"),
    path("<slug:team>/members/invite/", invitations.invite_people, name="invite"),
    path("<slug:team>/members/<uuid:user>/role/", members.change_role, name="change_role"),
    path("<slug:team>/invitations/<uuid:public_id>/resend/", invitations.resend_invitation, name="resend_invitation"),
    path("<slug:team>/invitations/<uuid:public_id>/revoke/", invitations.revoke_invitation, name="revoke_invitation"),
]
