"""Many groups at once through real processes, and what a channel of the strict stand-in then says
of each: by a message of its own, by a line in a digest's thread, or only by a digest's numbers."""

import json
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from relay_process import HOOK, until
from strict_parts import Post
from strict_slack import StrictSlack

SENDERS = 8
ZERO = "0001-01-01T00:00:00Z"
_STORM = re.compile(r"STORM · ([\d,]+)(?: of ([\d,]+))? groups? firing")
_OVER = re.compile(r"RESOLVED · (?:storm of )?(?:([\d,]+) of )?([\d,]+) groups")
_HOST = re.compile(r"host=(h\d+)")


@dataclass
class Group:
    """An alert group of one alert, as Alertmanager would tell of it."""

    number: int
    severity: str
    begun: datetime
    ended: datetime | None = None

    @property
    def host(self) -> str:
        return f"h{self.number}"

    @property
    def labels(self) -> dict[str, str]:
        return {"alertname": f"Alert{self.number % 7}", "host": self.host, "platform": "p1"}

    def end(self) -> None:
        self.ended = datetime.now(UTC)

    def alert(self) -> dict[str, Any]:
        """As Prometheus posts it to Alertmanager."""
        told = {
            "labels": {**self.labels, "severity": self.severity},
            "annotations": {"summary": f"trouble on {self.host}"},
            "startsAt": self.begun.isoformat(),
            "generatorURL": "http://prometheus:9090/graph?g0.expr=up",
        }
        return told | ({"endsAt": self.ended.isoformat()} if self.ended else {})

    def body(self) -> bytes:
        """The webhook that says how it is now."""
        labels, state = self.labels, "resolved" if self.ended else "firing"
        name = f"{self.number:016x}"
        told = {"endsAt": ZERO, **self.alert(), "status": state, "fingerprint": name}
        key = ", ".join(f'{name}="{value}"' for name, value in labels.items())
        return json.dumps(
            {
                "version": "4",
                "groupKey": f"{{}}:{{{key}}}",
                "receiver": "relay",
                "status": state,
                "groupLabels": labels,
                "commonLabels": told["labels"],
                "commonAnnotations": told["annotations"],
                "externalURL": "http://alertmanager:9093",
                "truncatedAlerts": 0,
                "alerts": [told],
            }
        ).encode()


def groups(count: int) -> list[Group]:
    """One in twenty is critical, two thirds of the others are warnings."""
    begun = datetime.now(UTC) - timedelta(minutes=5)
    severities = [
        "critical" if number % 20 == 7 else "warning" if number % 3 else "info"
        for number in range(count)
    ]
    return [Group(number, severity, begun) for number, severity in enumerate(severities)]


@dataclass
class Wave:
    """Groups, the relay's addresses that they are told at in turn, and the channel."""

    urls: Sequence[str]
    slack: StrictSlack
    groups: list[Group]
    channel: str = "C00000001"
    refused: list[int] = field(default_factory=list)

    # What is told ----------------------------------------------------------------------------

    def tell(self, some: Sequence[Group]) -> float:
        """All at once, as Alertmanager does for groups of the same second; seconds it took."""
        began = time.monotonic()
        with ThreadPoolExecutor(SENDERS) as senders:
            list(senders.map(self._tell, [some[n::SENDERS] for n in range(SENDERS)]))
        assert self.refused == []
        return time.monotonic() - began

    def _tell(self, some: Sequence[Group]) -> None:
        links = {url: HTTPConnection(urlsplit(url).netloc, timeout=60) for url in self.urls}
        headers = {"Authorization": f"Bearer {HOOK}", "Content-Type": "application/json"}
        for group in some:
            link = links[self.urls[group.number % len(self.urls)]]
            link.request("POST", "/v1/alertmanager", group.body(), headers)
            answer = link.getresponse()
            answer.read()
            if answer.status != 200:
                self.refused.append(answer.status)
        for link in links.values():
            link.close()

    def resolve(self, some: Sequence[Group]) -> float:
        for group in some:
            group.end()
        return self.tell(some)

    def fire_again(self, some: Sequence[Group]) -> float:
        for group in some:
            group.begun, group.ended = datetime.now(UTC), None
        return self.tell(some)

    # What the channel says -------------------------------------------------------------------

    @property
    def hosts(self) -> set[str]:
        return {group.host for group in self.groups}

    def storm_id(self) -> str:
        """As the one digest names it."""
        (digest,) = self.digests()
        return re.findall(r"/digests/(storm-[0-9a-f]+)", json.dumps(digest.now))[0]

    @property
    def _tops(self) -> list[Post]:
        return list(self.slack.channels[self.channel].top)

    def digests(self) -> list[Post]:
        return [each for each in self._tops if _STORM.search(_text(each)) or _over(_text(each))]

    def own(self) -> dict[str, list[Post]]:
        """By host, the messages that groups have of their own, the oldest first."""
        found: dict[str, list[Post]] = {}
        digests = self.digests()
        for each in self._tops:
            if each not in digests and (host := _HOST.search(_text(each))):
                found.setdefault(host[1], []).append(each)
        return found

    def told(self) -> tuple[int, int]:
        """How many groups the channel's digests say to fire, and to be over."""
        firing = over = 0
        for each in self.digests():
            if storm := _STORM.search(_text(each)):
                now, all_of_them = _number(storm[1]), _number(storm[2] or storm[1])
                firing, over = firing + now, over + all_of_them - now
            elif ended := _OVER.search(_text(each)):
                over += _number(ended[2])
        return firing, over

    def accounts(self) -> bool:
        """Whether each group is counted as it is: by a digest, or, if it was posted before there
        was one, by its own message. (From outside nobody can tell whether a group with a message
        is also one of the digest's: of several that deliver, one may be quicker.)"""
        fires = sum(group.ended is None for group in self.groups)
        told_firing, told_over = self.told()
        firing, over = fires - told_firing, len(self.groups) - fires - told_over
        began = min((each.ts for each in self.digests()), default="9")
        alone = [posts[-1] for posts in self.own().values() if posts[0].ts < began]
        shown = sum(" FIRING " in _text(post) for post in alone)
        return 0 <= firing <= shown and 0 <= over <= len(alone) - shown

    def seconds(self, condition: Callable[[], Any], limit: float = 120) -> float:
        """How long it takes until it is so."""
        began = time.monotonic()
        until(condition, limit)
        return time.monotonic() - began

    def listed(self) -> set[str]:
        """The hosts that the digests' threads name."""
        threads = self.slack.channels[self.channel]
        replies = [post for digest in self.digests() for post in threads.thread(digest.ts)]
        return {host for post in replies for host in _HOST.findall(json.dumps(post.now))}

    def truthful(self) -> bool:
        """Whether the last message of each group that has one says how the group is."""
        own = self.own()
        wanted = {group.host: "RESOLVED" if group.ended else "FIRING" for group in self.groups}
        last = all(f" {wanted[host]} " in _text(posts[-1]) for host, posts in own.items())
        older = [post for posts in own.values() for post in posts[:-1]]
        return last and all(" RESOLVED " in _text(post) for post in older)


def _text(post: Post) -> str:
    return str(post.now["text"])


def _over(text: str) -> bool:
    return bool(_OVER.search(text))


def _number(text: str) -> int:
    return int(text.replace(",", ""))
