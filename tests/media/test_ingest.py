import hashlib
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from studio.media.errors import BadImage
from studio.media.ingest import ADD_AN_IMAGE, CheckedImage, read_image
from tests.media.files import bomb, image_bytes, photo_with_place

JPEG_TAIL_BYTES = 200


def read(content: bytes, *, name: str = "picture.png", max_bytes: int = 16_000_000) -> CheckedImage:
    return read_image(SimpleUploadedFile(name, content), max_bytes=max_bytes)


def refusal(content: bytes, *, name: str = "picture.png", max_upload_bytes: int = 60_000_000) -> BadImage:
    with pytest.raises(BadImage) as caught:
        read_image(SimpleUploadedFile(name, content), max_upload_bytes=max_upload_bytes)
    return caught.value


@pytest.mark.parametrize(
    ("name", "content_type", "extension"),
    [("JPEG", "image/jpeg", "jpg"), ("PNG", "image/png", "png"), ("WEBP", "image/webp", "webp")],
)
def test_good_image_keeps_its_bytes(name: str, content_type: str, extension: str) -> None:
    content = image_bytes(name=name)

    checked = read(content, name="whatever.txt")

    assert checked == CheckedImage(
        content=content,
        content_type=content_type,
        extension=extension,
        width=160,
        height=90,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_png_of_any_mode_keeps_its_bytes(mode: str) -> None:
    target = BytesIO()
    Image.new(mode, (40, 30)).save(target, format="PNG")

    assert read(target.getvalue()).content == target.getvalue()


def test_turned_photo_is_set_upright_and_loses_its_place() -> None:
    checked = read(photo_with_place())

    assert (checked.width, checked.height) == (90, 160)
    with Image.open(BytesIO(checked.content)) as image:
        assert image.format == "JPEG"
        assert dict(image.getexif()) == {}
        top, bottom = image.getpixel((45, 10)), image.getpixel((45, 150))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 240 > 20 > top[2]
    assert bottom[2] > 240 > 20 > bottom[0]


def test_rewritten_photo_keeps_its_quality_and_size() -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    content = image_bytes(name="JPEG", size=(640, 360), exif=exif, quality=60, subsampling=2)

    checked = read(content)

    assert 0.9 < checked.size_bytes / len(content) < 1.1
    with Image.open(BytesIO(content)) as before, Image.open(BytesIO(checked.content)) as after:
        assert after.quantization == before.quantization  # type: ignore[attr-defined]  # of JPEGs


@pytest.mark.parametrize("name", ["PNG", "WEBP"])
def test_metadata_goes_and_pixels_stay(name: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    content = image_bytes(name=name, exif=exif, lossless=True)

    checked = read(content)

    assert b"A camera" in content
    assert b"A camera" not in checked.content
    with Image.open(BytesIO(content)) as before, Image.open(BytesIO(checked.content)) as after:
        assert after.convert("RGB").tobytes() == before.convert("RGB").tobytes()


def test_print_colours_become_rgb() -> None:
    checked = read(image_bytes(name="JPEG", mode="CMYK"))

    with Image.open(BytesIO(checked.content)) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (160, 90))
        left = image.getpixel((20, 40))
    assert isinstance(left, tuple)
    assert left[0] > 240 > 20 > left[2]


def test_two_pictures_in_one_jpeg_become_the_first() -> None:
    target = BytesIO()
    first, second = Image.new("RGB", (64, 48), "red"), Image.new("RGB", (64, 48), "blue")
    first.save(target, format="MPO", save_all=True, append_images=[second])

    checked = read(target.getvalue())

    assert (checked.content_type, checked.extension) == ("image/jpeg", "jpg")
    with Image.open(BytesIO(checked.content)) as image:
        assert (image.format, image.size) == ("JPEG", (64, 48))
        pixel = image.getpixel((30, 20))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 240


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        (b"", "empty", "This file is empty (0 bytes). Save the image again and add it anew."),
        (b"just a text\n", "wrong_type", f"This is a text, whatever its name says. {ADD_AN_IMAGE}"),
        (b"%PDF-1.7 \x00", "wrong_type", f"This is a PDF, whatever its name says. {ADD_AN_IMAGE}"),
        (
            b"\x00\x00\x00\x18ftypisom" + bytes(40),
            "wrong_type",
            f"This is a video, whatever its name says. {ADD_AN_IMAGE}",
        ),
        (b"fLaC" + bytes(40), "wrong_type", f"This is a FLAC, whatever its name says. {ADD_AN_IMAGE}"),
        (
            b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
            "wrong_type",
            f"This is an SVG drawing, whatever its name says. {ADD_AN_IMAGE}",
        ),
        (
            bytes(range(7)) * 9 + b"\xff",
            "not_an_image",
            f"This is not an image that can be read, whatever its name says. {ADD_AN_IMAGE}",
        ),
        (
            bomb(),
            "too_many_pixels",
            "This image has too many pixels. 120 megapixels are the most. Scale it down; 4,000 px a side is plenty.",
        ),
        (
            image_bytes(size=(12_001, 20)),
            "too_small",
            "This image is too small: 12,001 × 20 px, and each side needs 16 px at 8,000 px of length. "
            "Add a larger one.",
        ),
        (
            image_bytes(size=(200, 15)),
            "too_small",
            "This image is too small: 200 × 15 px, and each side needs 16 px. Add a larger one.",
        ),
    ],
)
def test_bad_image_is_told_apart(content: bytes, code: str, sentence: str) -> None:
    error = refusal(content)

    assert (error.code, error.sentence, str(error)) == (code, sentence, sentence)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIF"])
def test_truncated_image_is_damaged(name: str) -> None:
    content = image_bytes(name=name, size=(640, 360))
    read(content)

    error = refusal(content[: len(content) // 2])

    assert error.code == "damaged"
    assert error.sentence == (
        "This image is damaged or cut off: it cannot be decoded to its end. Save or download it again."
    )


@pytest.mark.parametrize("head", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\x00\x00\x00WEBPVP8 "])
def test_head_alone_is_damaged(head: bytes) -> None:
    assert refusal(head + b"not pixels" * 9).code == "damaged"


def test_too_large_file_is_told_before_it_is_decoded() -> None:
    error = refusal(image_bytes() + bytes(2_500_000), max_upload_bytes=2_000_000)

    assert error.code == "too_large"
    assert error.sentence == ("This image is too large: 2.6 MB, and 2 MB is the most. Save it smaller, or as a JPEG.")


def test_one_byte_too_many_does_not_read_as_the_limit() -> None:
    error = refusal(bytes(60_000_001))

    assert error.sentence == ("This image is too large: 60.1 MB, and 60 MB is the most. Save it smaller, or as a JPEG.")


def test_bomb_is_small_on_disk() -> None:
    assert len(bomb()) < 50_000
