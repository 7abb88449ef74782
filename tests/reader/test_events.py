"""Server-sent events."""

from groat_reader.events import Event, events


def test_events_comments_and_several_lines_of_data() -> None:
    stream = (
        ": good morning\n\nevent: changed\ndata: 7\n\n"
        "data:first\ndata: second\r\n\r\nid: 3\nretry: 5\nevent: empty\n\n"
        "event: changed\ndata: 8\n\nevent: cut off\ndata: 9\n"
    )
    assert list(events(stream.encode().splitlines(keepends=True))) == [
        Event("changed", "7"),
        Event("message", "first\nsecond"),
        Event("changed", "8"),
    ]
