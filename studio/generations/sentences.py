"""The status-code table: what people read. One plain sentence a code: what happened, and what to do."""

from studio.enums import StatusCode

SENTENCES: dict[StatusCode, str] = {
    StatusCode.NONE: "",
    StatusCode.IN_LINE: "All places for this model are taken; it is sent as soon as its turn comes.",
    StatusCode.LINE_STOPPED: "The line is stopped after several refusals in a row. Nothing is lost; it is tried again by itself.",
    StatusCode.PROVIDER_PENDING: "In the provider's queue; it starts by itself.",
    StatusCode.THROTTLED: "The provider renders as many of these at a time as it allows; this one is in line there.",
    StatusCode.KEY_REFUSED: "The provider refuses the studio's key. Nothing is lost: it is sent as soon as the key is mended.",
    StatusCode.KEY_UNREADABLE: "The key of this team cannot be read here. Nothing is lost: it is sent as soon as an admin has mended that, or an owner has entered the key again.",
    StatusCode.ON_BEHALF_OF: "The account at the provider wants to be told on whose behalf takes are made. Nothing is lost: it is sent as soon as that is set beside the key.",
    StatusCode.VERSION_REFUSED: "The provider does not answer this version of the studio any more. Nothing is lost: it is sent as soon as the studio is updated.",
    StatusCode.DAILY_LIMIT: "The provider's daily limit for this model is reached. It counts a rolling 24 h, so room comes back bit by bit; it is sent by itself.",
    StatusCode.PROVIDER_DOWN: "The provider does not answer just now. We keep trying; nothing is lost.",
    StatusCode.PROVIDER_BUSY: "The provider asks us to wait a little. We keep trying; nothing is lost.",
    StatusCode.REFERENCE_UNREADABLE: "Its image cannot be read from the storage just now. We keep trying.",
    StatusCode.OUTCOME_UNKNOWN: "It was sent and no answer came. It is not sent again, so that it is not bought twice; an admin may decide.",
    StatusCode.UNKNOWN_STATUS: "The provider reports something new. We keep following it.",
    StatusCode.OTHER_KEY: "It was sent with another key of the studio, and the present one does not see it. It waits until that key is back; its credits are held.",
    StatusCode.STORAGE_FULL: "Finished and paid for, but the storage is full. It is saved as soon as there is room.",
    StatusCode.STORAGE_DOWN: "Finished and paid for; the storage does not answer. We keep trying.",
    StatusCode.DOWNLOAD_INTERRUPTED: "Finished and paid for; the download broke off. We try again.",
    StatusCode.LINK_EXPIRED: "Finished and paid for; the link had expired. We ask for a fresh one.",
    StatusCode.MODERATED_INPUT: "The provider judged the prompt or the image unsafe. Change it before you try again.",
    StatusCode.MODERATED_OUTPUT: "The provider judged the result unsafe and did not hand it over. Change the prompt before you try again.",
    StatusCode.INVALID_INPUT: "The provider did not accept this request. Change the prompt or the settings.",
    StatusCode.INVALID_ASSET: "The provider could not use the image. Try another one, a smaller one, or another crop.",
    StatusCode.MODEL_RETIRED: "The provider does not offer this model any more. Choose another one.",
    StatusCode.MODEL_NOT_ENABLED: "The provider does not offer this model to the studio's account. Choose another one.",
    StatusCode.PROVIDER_OUT_OF_CREDITS: "The studio's account at the provider is out of credits. Nothing is lost: it is sent as soon as there are some.",
    StatusCode.REFUSED: "The provider refused this request. Change the settings, or ask an admin.",
    StatusCode.BAD_OUTPUT: "The provider's result was not good enough to hand over. Say it another way: less text, fewer people.",
    StatusCode.PROVIDER_UNAVAILABLE: "The renderer was not available. Retry in a while, or choose another model.",
    StatusCode.PROVIDER_INTERNAL: "Something went wrong at the provider. Retry; if it happens again, change the prompt.",
    StatusCode.TASK_LOST: "The provider does not know this task any more: it was deleted there, or belongs to another key.",
    StatusCode.NOT_A_VIDEO: "What the provider delivered is not a video. The file is kept for an admin to look at.",
    StatusCode.NOT_SENT: "It was found that the provider never took it and charged nothing. Retry if you still want it.",
    StatusCode.CHARGED_UNSEEN: "An admin found that the provider charged for it, but its clip could not be found there.",
    StatusCode.UNREADABLE_ROW: "This request is stored in a way that this version cannot read. Nothing was sent; ask an admin.",
    StatusCode.CANCELLED_BY_PERSON: "Cancelled before it was finished.",
    StatusCode.CANCELLED_ELSEWHERE: "It was cancelled at the provider, not here.",
}


NOT_BROUGHT = (
    "The image could not be brought to the provider: it is too large to go along, or the studio's storage gives no link "
    "that the provider can open. Nothing was sent. Try a smaller one; if that does not help, ask the operator."
)
UNKNOWN_CODE = "This version does not know what happened to it; a newer one does. Nothing is lost; ask an admin."


def known_code(code: str) -> StatusCode:
    """The stored status code; UNREADABLE_ROW for one that only a newer version knows."""
    return StatusCode(code) if code in StatusCode.values else StatusCode.UNREADABLE_ROW


def sentence(code: str, *, was_sent: bool = True) -> str:
    """The sentence of a stored status code, also of one that this version does not know."""
    if code == StatusCode.INVALID_ASSET and not was_sent:
        return NOT_BROUGHT
    return SENTENCES[StatusCode(code)] if code in StatusCode.values else UNKNOWN_CODE
