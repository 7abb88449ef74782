"""A programme to try Groat with: a small business centre, its people and three months of their days.

`people` and `shop` are the cast and the scene, `history` plays it through the real actions, and
`folder` keeps what a visitor needs to know (logins, cards, an API key) in `var/demo.json`.
"""

from groat.demo.folder import tray

__all__ = ["tray"]
