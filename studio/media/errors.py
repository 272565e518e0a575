"""What can go wrong with bytes, split by what the caller does: tell, give up, or come back later."""

from studio.errors import StudioError


class BadUpload(StudioError):
    """The upload cannot be a reference. `sentence` says what is wrong and what to do."""

    def __init__(self, *, code: str, sentence: str) -> None:
        self.code = code
        self.sentence = sentence
        super().__init__(sentence)


class BadImage(BadUpload):
    """No image, or one that cannot be used."""


class BadVideo(BadUpload):
    """No video, or one that cannot be used."""


class BadSound(BadUpload):
    """No sound, or one that cannot be used."""


class NotAVideo(Exception):
    """The file does not play: not a video, image or sound at all, cut off, or without a picture."""


class Interrupted(Exception):
    """The work on a file was ended from outside."""


class StorageFull(Exception):
    """The disk or the bucket takes no more bytes. Come back later; what is stored stays readable."""


class StorageDown(Exception):
    """The storage refused or did not answer. Come back later."""


class NotStored(StorageDown):
    """The storage answers, and it holds nothing under that key."""
