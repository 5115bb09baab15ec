"""A request's body, read whole and not for ever: its length is limited, however it is sent."""

from gunicorn.http.errors import NoMoreData, ParseException
from werkzeug.exceptions import ClientDisconnected, HTTPException
from werkzeug.wrappers import Request

_PIECE = 256 * 1024


class BodyError(HTTPException):
    """The body cannot be used. Cut short it is 503, not 400: sent again it may come whole."""

    code: int

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__()


def whole(request: Request, most: int) -> bytes:
    """The body, of at most `most` bytes; or BodyError.

    Flask's own limit, where a body comes in chunks, cuts it off and says nothing.
    """
    length = request.content_length
    if length is not None and length > most:
        raise BodyError(413)
    pieces: list[bytes] = []
    room = most + 1
    try:
        while room and (piece := request.stream.read(min(room, _PIECE))):
            pieces.append(piece)
            room -= len(piece)
    except (ClientDisconnected, NoMoreData):  # the latter within a chunk
        raise BodyError(503) from None
    except ParseException:  # chunks that are none
        raise BodyError(400) from None
    if not room:
        raise BodyError(413)
    body = b"".join(pieces)
    if length is not None and len(body) < length:
        raise BodyError(503)
    return body
