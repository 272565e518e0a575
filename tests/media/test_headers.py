import pytest

from studio.media.headers import ByteRange, disposition, requested_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", ByteRange(0, 0)),
        ("bytes=0-99", ByteRange(0, 99)),
        ("bytes=10-19", ByteRange(10, 19)),
        ("bytes=10-", ByteRange(10, 99)),
        ("bytes=99-1000", ByteRange(99, 99)),
        ("bytes=-1", ByteRange(99, 99)),
        ("bytes=-1000", ByteRange(0, 99)),
        ("Bytes = 1 - 2", ByteRange(1, 2)),
        ("bytes=100-", ByteRange(100, 99)),
        ("bytes=100-200", ByteRange(100, 99)),
        ("bytes=-0", ByteRange(100, 99)),
        ("", None),
        ("bytes=-", None),
        ("bytes=5-4", None),
        ("bytes=a-b", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=0-" + "9" * 5000, None),
        ("bytes=+1-2", None),
    ],
)
def test_requested_range(header: str, expected: ByteRange | None) -> None:
    assert requested_range(header, size_bytes=100) == expected


@pytest.mark.parametrize(("part", "is_satisfiable"), [(ByteRange(0, 0), True), (ByteRange(100, 99), False)])
def test_range_knows_whether_it_can_be_given(part: ByteRange, is_satisfiable: bool) -> None:
    assert part.is_satisfiable is is_satisfiable


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        (None, "inline"),
        ("take 1.mp4", 'attachment; filename="take 1.mp4"'),
        ("für élise.mp4", "attachment; filename*=utf-8''f%C3%BCr%20%C3%A9lise.mp4"),
        ('a"b.mp4', 'attachment; filename="a\\"b.mp4"'),
        ("a\r\nSet-Cookie: x=1.mp4", 'attachment; filename="a_Set-Cookie: x=1.mp4"'),
        ("../../etc/passwd", 'attachment; filename=".._.._etc_passwd"'),
        ("", 'attachment; filename="file"'),
    ],
)
def test_disposition_is_safe(filename: str | None, expected: str) -> None:
    assert disposition(filename) == expected
