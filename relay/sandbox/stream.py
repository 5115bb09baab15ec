"""What the page shows of a channel: its messages in order, their threads, the days between."""

from dataclasses import dataclass
from datetime import datetime

from relay.sandbox.mrkdwn import Renderer
from relay.sandbox.workspace import Channel, Post


@dataclass(frozen=True)
class Item:
    """A message in the channel. `day` is set on the first of a day; `root` is what a reply that
    was also sent to the channel answers."""

    post: Post
    at: datetime
    day: str = ""
    replies: tuple["Item", ...] = ()
    root: Post | None = None


def stream(channel: Channel, renderer: Renderer, newest: int = 200) -> list[Item]:
    """The `newest` messages of the channel, the oldest first."""
    threads: dict[str, list[Post]] = {}
    for post in channel.posts.values():
        if post.thread_ts:
            threads.setdefault(post.thread_ts, []).append(post)
    shown = [post for post in channel.posts.values() if post.in_channel][-newest:]
    items: list[Item] = []
    day = ""
    for post in shown:
        at = renderer.moment(float(post.ts))
        today = f"{at:%A}, {at:%B} {at.day}"
        items.append(
            Item(
                post,
                at,
                day=today if today != day else "",
                replies=tuple(
                    Item(reply, renderer.moment(float(reply.ts)))
                    for reply in threads.get(post.ts, ())
                ),
                root=channel.posts.get(post.thread_ts),
            )
        )
        day = today
    return items


def headline(post: Post) -> str:
    """A message in one line, as Slack escaped it: its first words."""
    return post.text.split("\n", 1)[0] or "a message"
