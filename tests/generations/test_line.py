"""The line: fair between teams and members, within what the key may do."""

from collections.abc import Iterable

from studio.generations.line import Place, in_turn


def _line(whose: str, *, model: str = "gen4.5", start: int = 1) -> list[Place]:
    """Places from words like "a1 a1 b2": team a, member 1."""
    return [
        Place(generation_id=start + index, model=model, team_id=ord(word[0]), member_id=int(word[1]))
        for index, word in enumerate(whose.split())
    ]


def _order(turns: Iterable[Place]) -> str:
    return " ".join(f"{chr(place.team_id)}{place.member_id}:{place.generation_id}" for place in turns)


def test_one_person_alone_keeps_the_order_of_launch() -> None:
    assert _order(in_turn(_line("a1 a1 a1"))) == "a1:1 a1:2 a1:3"


def test_fifty_takes_of_one_person_do_not_block_the_next_ones_single_take() -> None:
    turns = in_turn(_line(" ".join(["a1"] * 50 + ["a2"])))

    assert [place.generation_id for place in turns[:3]] == [1, 51, 2]


def test_teams_take_turns_before_members_do() -> None:
    assert _order(in_turn(_line("a1 a1 a2 a2 b3"))) == "a1:1 b3:5 a2:3 a1:2 a2:4"


def test_what_is_at_the_provider_is_a_turn_that_was_had() -> None:
    ahead = _line("a1 a1", start=1)

    assert _order(in_turn(_line("a1 a2 b3", start=3), at_provider=ahead)) == "b3:5 a2:4 a1:3"


def test_models_have_lines_of_their_own() -> None:
    ahead = _line("a1 a1", model="gen4_turbo")

    assert _order(in_turn(_line("a1 b2", start=3), at_provider=ahead)) == "a1:3 b2:4"


def test_an_empty_line_is_empty() -> None:
    assert in_turn([]) == []
