"""What a test or the demo asks of the sandbox itself: faults, a reset, the log of calls."""

from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request

from relay.sandbox.faults import parse
from relay.sandbox.guard import refuse_other_sites
from relay.sandbox.state import State


def control(state: State) -> Blueprint:
    """The blueprint of /control over `state`."""
    blueprint = Blueprint("control", __name__, url_prefix="/control")
    blueprint.before_request(lambda: refuse_other_sites(request))

    @blueprint.get("/faults")
    def faults() -> Response:
        return jsonify({"faults": state.faults.as_json()})

    @blueprint.post("/faults")
    def add_fault() -> tuple[Response, int]:
        try:
            fault = parse(request.get_json(silent=True))
        except ValueError as problem:
            return jsonify({"error": str(problem)}), HTTPStatus.BAD_REQUEST
        state.faults.add(fault)
        return jsonify({"faults": state.faults.as_json()}), HTTPStatus.CREATED

    @blueprint.delete("/faults")
    def clear_faults() -> Response:
        state.faults.clear()
        return jsonify({"faults": []})

    @blueprint.post("/reset")
    def reset() -> Response:
        state.reset()
        return jsonify({"ok": True})

    @blueprint.get("/log")
    def log() -> Response:
        """The calls, the oldest first; ?method= keeps those of one method."""
        method = request.args.get("method", "")
        return jsonify({"calls": [one for one in list(state.log) if method in {"", one["method"]}]})

    return blueprint
