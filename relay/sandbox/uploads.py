"""The second of the three steps of an upload, and the pictures on the page."""

from http import HTTPStatus

from flask import Blueprint, Response, abort, request

from relay.sandbox.guard import refuse_other_sites
from relay.sandbox.state import State


def uploads(state: State) -> Blueprint:
    """The blueprint of files over `state`."""
    blueprint = Blueprint("uploads", __name__)
    blueprint.before_request(lambda: refuse_other_sites(request))

    @blueprint.post("/upload/v1/<secret>")
    def take(secret: str) -> tuple[str, int]:
        data = request.get_data()
        if not state.workspace.files.take(secret, data):
            return "no such upload\n", HTTPStatus.BAD_REQUEST
        return f"OK - {len(data)}\n", HTTPStatus.OK

    @blueprint.get("/files/<file_id>")
    def shown(file_id: str) -> Response:
        """A picture; whatever else was uploaded is never handed to a browser."""
        file = state.workspace.files.find(file_id)
        if file is None or not file.picture:
            abort(HTTPStatus.NOT_FOUND)
        answer = Response(file.data, content_type="image/png")
        answer.headers["Content-Security-Policy"] = "default-src 'none'"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    return blueprint
