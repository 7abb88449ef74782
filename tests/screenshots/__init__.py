"""The pictures of every page: `make screenshots`.

`stage` adds to the demo what it has not by itself, `demo` runs a server on it, `walk_…` walk through the till and the
office as a cashier and an owner would, on a phone, a tablet and a desktop, with `hands`, and `gallery` keeps what is
seen: docs/pictures/*.png and docs/pages.md, which shows them.
"""
