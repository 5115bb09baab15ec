"""What is stored is read back as it was."""

from hypothesis import given
from hypothesis import strategies as st
from relay_kit import alert, at, webhook

from relay.intake.merge import merge
from relay.model import codec
from relay.model.delivered import Delivered, Intent, Kind, MessageRef, told_of
from relay.model.group import Status

ALERTS = st.lists(
    st.builds(
        alert,
        st.sampled_from(["a", "b", "c"]),
        st.integers(0, 5),
        st.none() | st.integers(6, 9),
        summary=st.text(max_size=20),
    ),
    min_size=1,
)


@given(ALERTS, st.integers(0, 5))
def test_states(alerts: list, truncated: int) -> None:
    state = merge(None, webhook(*alerts, truncated=truncated), at(50))
    assert codec.load_state(codec.dump_state(state)) == state


@given(ALERTS, st.booleans())
def test_deliveries_and_intents(alerts: list, sent: bool) -> None:
    ref = MessageRef("C1", "1.2", "#a") if sent else None
    delivered = Delivered(ref, "f", Status.RESOLVED, at(3), told_of(alerts))
    assert codec.load_delivered(codec.dump_delivered(delivered)) == delivered
    intent = Intent("t", Kind.BROADCAST, "C1", "1.2", at(1), delivered, looked=2)
    assert codec.load_intent(codec.dump_intent(intent)) == intent
    assert codec.load_delivered(codec.dump_delivered(Delivered())) == Delivered()
