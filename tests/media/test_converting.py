"""What people have becomes what models take: each file here is really written in its format, and really read."""

from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageCms, ImageStat

from studio.media.converting import Limits, made_fit
from studio.media.errors import BadImage
from studio.media.ingest import CheckedImage, read_image
from studio.media.preview import make_thumb
from tests.media.files import EXIF_ORIENTATION, TURNED_BY_90, animation, image_bytes
from tests.media.profiles import wide_profile


def read(content: bytes, *, max_bytes: int = 16_000_000) -> CheckedImage:
    return read_image(SimpleUploadedFile("photo", content), max_bytes=max_bytes)


def opened(checked: CheckedImage) -> Image.Image:
    image = Image.open(BytesIO(checked.content))
    image.load()
    return image


def colour(image: Image.Image, at: tuple[int, int]) -> tuple[int, ...]:
    pixel = image.convert("RGB").getpixel(at)
    assert isinstance(pixel, tuple)
    return tuple(int(part) for part in pixel)


def noise(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    bands = [Image.effect_noise(size, 90) for _ in mode]
    return Image.merge(mode, bands)


def written(image: Image.Image, name: str, **options: object) -> bytes:
    target = BytesIO()
    image.save(target, format=name, **options)
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "label"), [("HEIF", "HEIC"), ("AVIF", "AVIF"), ("GIF", "GIF"), ("TIFF", "TIFF"), ("BMP", "BMP")]
)
def test_other_format_becomes_a_jpeg(name: str, label: str) -> None:
    checked = read(image_bytes(name=name))

    image = opened(checked)
    assert (checked.content_type, checked.extension, checked.changes) == (
        "image/jpeg",
        "jpg",
        (f"Converted from {label}.",),
    )
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (160, 90))
    assert (checked.width, checked.height, checked.size_bytes) == (160, 90, len(checked.content))
    left, right = colour(image, (20, 40)), colour(image, (140, 40))
    assert left[0] > 230 > 30 > left[2]
    assert right[2] > 230 > 30 > right[0]


@pytest.mark.parametrize("name", ["HEIF", "AVIF", "GIF", "TIFF"])
def test_what_can_be_seen_through_becomes_a_png(name: str) -> None:
    clear = Image.new("RGBA", (64, 48), (255, 0, 0, 255))
    clear.paste((0, 0, 0, 0), (0, 0, 32, 48))

    checked = read(written(clear, name))

    image = opened(checked)
    assert (checked.content_type, image.mode) == ("image/png", "RGBA")
    assert image.getpixel((8, 24))[3] < 10  # type: ignore[index]  # four bands
    assert image.getpixel((56, 24))[3] > 245  # type: ignore[index]


def test_an_alpha_that_hides_nothing_goes() -> None:
    checked = read(written(Image.new("RGBA", (64, 48), (10, 20, 200, 255)), "TIFF"))

    assert (checked.content_type, opened(checked).mode) == ("image/jpeg", "RGB")


@pytest.mark.parametrize("name", ["HEIF", "AVIF", "TIFF"])
def test_turned_photo_of_other_formats_is_set_upright(name: str) -> None:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = TURNED_BY_90
    exif[0x010F] = "A camera"

    checked = read(image_bytes(name=name, exif=exif.tobytes()))

    image = opened(checked)
    assert (checked.width, checked.height) == (90, 160)
    assert dict(image.getexif()) == {}
    assert b"A camera" not in checked.content
    assert colour(image, (45, 10))[0] > 230
    assert colour(image, (45, 150))[2] > 230


@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_becomes_its_first_frame(name: str) -> None:
    checked = read(animation(name))

    image = opened(checked)
    assert checked.changes == (f"Converted from {name}: its first frame.",)
    assert (image.format, getattr(image, "n_frames", 1)) == ("JPEG", 1)
    assert colour(image, (30, 30))[0] > 240


def test_a_document_becomes_its_first_page() -> None:
    pages = [Image.new("RGB", (64, 48), name) for name in ("red", "blue")]

    checked = read(written(pages[0], "TIFF", save_all=True, append_images=pages[1:]))

    assert checked.changes == ("Converted from TIFF: its first page.",)
    assert colour(opened(checked), (30, 20))[0] > 240


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "CMYK", "F", "LAB"])
def test_every_kind_of_tiff_becomes_a_jpeg(mode: str) -> None:
    checked = read(written(Image.new(mode, (40, 30)), "TIFF"))

    assert opened(checked).mode in {"L", "RGB"}
    assert checked.content_type == "image/jpeg"


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
def test_wide_colours_become_srgb(name: str) -> None:
    profile = wide_profile()
    content = written(Image.new("RGB", (64, 48), (200, 100, 50)), name, icc_profile=profile)
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    meant = ImageCms.profileToProfile(
        Image.new("RGB", (1, 1), (200, 100, 50)), source, ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    assert meant is not None

    checked = read(content)

    image = opened(checked)
    assert "Colours converted from Wide test colours to sRGB." in checked.changes
    assert image.info.get("icc_profile") is None
    assert colour(image, (30, 20)) == pytest.approx(colour(meant, (0, 0)), abs=5)
    assert colour(image, (30, 20)) != pytest.approx((200, 100, 50), abs=12)


def test_wide_colours_that_can_be_seen_through_stay_so() -> None:
    content = written(Image.new("RGBA", (64, 48), (200, 100, 50, 128)), "PNG", icc_profile=wide_profile())

    image = opened(read(content))

    assert image.mode == "RGBA"
    assert image.getchannel("A").getextrema() == (128, 128)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_a_profile_that_means_srgb_leaves_the_bytes_alone(name: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = image_bytes(name=name, icc_profile=profile)

    checked = read(content)

    assert (checked.content, checked.changes) == (content, ())


@pytest.mark.parametrize("profile", [b"no profile at all", b"\x00" * 200])
def test_a_profile_that_cannot_be_read_counts_for_nothing(profile: bytes) -> None:
    content = image_bytes(name="PNG", icc_profile=profile)

    assert read(content).content == content


def test_print_colours_are_told() -> None:
    checked = read(image_bytes(name="JPEG", mode="CMYK"))

    assert checked.changes == ("Colours converted from print colours to sRGB.",)


@pytest.mark.parametrize(
    ("name", "content_type"), [("JPEG", "image/jpeg"), ("PNG", "image/jpeg"), ("BMP", "image/jpeg")]
)
def test_too_many_pixels_become_fewer(name: str, content_type: str) -> None:
    checked = read(image_bytes(name=name, size=(9000, 600)))

    assert (checked.width, checked.height, checked.content_type) == (8000, 533, content_type)
    assert checked.changes[-1] == "Made smaller: 9,000 × 600 px to 8,000 × 533 px."


def test_too_many_bytes_are_packed_tighter_first() -> None:
    content = written(noise((600, 400)), "JPEG", quality=98, subsampling=0)

    checked = read(content, max_bytes=len(content) // 2)

    assert (checked.width, checked.height) == (600, 400)
    assert checked.size_bytes <= len(content) // 2
    assert checked.changes == (f"Packed tighter: {len(content) / 1e6:.1f} MB to {checked.size_bytes / 1e6:.1f} MB.",)


def test_what_stays_too_large_loses_pixels_too() -> None:
    content = written(noise((600, 400)), "PNG")

    checked = read(content, max_bytes=30_000)

    assert checked.size_bytes <= 30_000
    assert checked.width < 600
    assert checked.width / checked.height == pytest.approx(1.5, abs=0.01)
    assert checked.changes[0].startswith("Made smaller: 600 × 400 px to ")


def test_a_large_one_that_can_be_seen_through_stays_so() -> None:
    content = written(noise((400, 300), "RGBA"), "PNG")

    checked = read(content, max_bytes=len(content) // 3)

    assert (checked.content_type, opened(checked).mode) == ("image/webp", "RGBA")
    assert checked.size_bytes <= len(content) // 3


def test_what_is_made_has_a_thumb() -> None:
    checked = read(image_bytes(name="HEIF", size=(1280, 720)))

    assert Image.open(BytesIO(make_thumb(checked.content))).size == (640, 360)


def test_a_bomb_in_a_new_format_is_refused() -> None:
    header = Image.new("1", (12_000, 12_000))
    content = written(header, "TIFF", compression="group4")

    with pytest.raises(BadImage) as caught:
        read(content)

    assert len(content) < 10_000
    assert caught.value.code == "too_many_pixels"


def test_brightness_of_deep_grey_stays() -> None:
    checked = read(written(Image.new("I;16", (40, 30), 32_768), "TIFF"))

    assert ImageStat.Stat(opened(checked).convert("L")).mean[0] == pytest.approx(128, abs=3)


def test_a_good_file_keeps_its_very_bytes(tmp_path: Path) -> None:
    content = image_bytes(name="JPEG")
    with Image.open(BytesIO(content)) as image:
        result = made_fit(image, content, limits=Limits(side_px=8000, size_bytes=16_000_000))

    assert result == (content, ())


def test_a_file_that_no_decoder_knows_is_damaged() -> None:
    content = image_bytes(name="AVIF")
    at = content.index(b"pitm")

    with pytest.raises(BadImage) as caught:
        read(content.replace(content[at : at + 4], b"free"))

    assert caught.value.code == "damaged"
