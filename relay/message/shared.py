"""What all alerts of a group have in common: said once, so not on each line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from relay.model.group import Group


@dataclass(frozen=True)
class Shared:
    """Labels and annotations common to all, and when the first began."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    started_at: datetime | None = None
    alike: str = ""  # what they say but for their own labels, where it is said once: see `alike`

    @classmethod
    def of(cls, group: Group) -> "Shared":
        """With alerts left out of the payload, only the group's own labels are surely common."""
        labels = group.common_labels
        if group.hidden:
            sure = {key: value for key, value in labels.items() if key in group.group_labels}
            return cls(sure, {}, group.started_at)
        return cls(labels, group.common_annotations, group.started_at)
