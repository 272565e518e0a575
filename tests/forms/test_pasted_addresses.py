"""Lists of addresses as people paste them."""

import pytest
from django.core.exceptions import ValidationError

from studio.forms.invitation import addresses_in, as_stored


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a@x.org", ["a@x.org"]),
        ("a@x.org, b@x.org;c@x.org\nd@x.org e@x.org\t f@x.org\r\n", [f"{letter}@x.org" for letter in "abcdef"]),
        ("Vera <v@x.org>", ["v@x.org"]),
        ("Vera Lind <v@x.org>, Bob <b@x.org>", ["v@x.org", "b@x.org"]),
        ('"Lind, Vera" <v@x.org>; "Bob; the one" <b@x.org>', ["v@x.org", "b@x.org"]),
        ("Lind, Vera <v@x.org>; Lind, Jr., Bob <b@x.org>", ["v@x.org", "b@x.org"]),
        ("a@x.org, Lind, Vera <v@x.org>", ["a@x.org", "v@x.org"]),
        ("foo; Vera <v@x.org>", ["foo", "v@x.org"]),
        ("foo\nVera <v@x.org>", ["foo", "v@x.org"]),
        ("Vera <v@x.org> b@x.org", ["v@x.org", "b@x.org"]),
        ("Vera <v@x.org> Bob <b@x.org>", ["v@x.org", "b@x.org"]),
        ("<v@x.org>", ["v@x.org"]),
        ("mailto:v@x.org, Bob <mailto:b@x.org>", ["v@x.org", "b@x.org"]),
        ("\ufeffv@x.org\u200b,\u00a0b@x.org", ["v@x.org", "b@x.org"]),
        ("foo, bar", ["foo", "bar"]),
        ("Vera <>", [""]),
        ("< v@x.org", ["<", "v@x.org"]),
        (" ,;\n ,, ", []),
        ("", []),
    ],
)
def test_addresses_are_found_in_what_people_paste(text: str, found: list[str]) -> None:
    assert list(addresses_in(text)) == found


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Vera@Example.COM", "vera@example.com"),
        ("(vera@example.com)", "vera@example.com"),
        ("'vera@example.com'", "vera@example.com"),
        ("vera@example.com.", "vera@example.com"),
        ("o'neil+films@example.com", "o'neil+films@example.com"),
        ("vera@bücher.example", "vera@xn--bcher-kva.example"),
        ("vera@BÜCHER.example", "vera@xn--bcher-kva.example"),
        ("vera@straße.example", "vera@xn--strae-oqa.example"),
        ("vera@例え.jp", "vera@xn--r8jz45g.jp"),
        ("vera@localhost", "vera@localhost"),
    ],
)
def test_an_address_is_stored_as_mail_servers_know_it(text: str, stored: str) -> None:
    assert as_stored(text) == stored


@pytest.mark.parametrize(
    "text",
    [
        "",
        "vera",
        "@example.com",
        "vera@",
        "vera@@example.com",
        "ve ra@example.com",
        "vera@example",
        "vera@exa_mple.com",
        "vera@-example.com",
        "vera@example..com",
        "véra@example.com",
        "vera@\u202eexample.com",
        "vera@exam\u2062ple.com@x",
        "bcc:vera@example.com",
        "vera@example.com%0abcc:bob@example.com",
        "vera@example.com\nbcc:bob@example.com",
        "vera@example.com\x00",
        f"{'v' * 65}@example.com" * 4,
        f"vera@{'e' * 260}.com",
        f"vera@{'ü' * 64}.com",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        as_stored(text)
