"""When bought credits expire, what moves that date forward, and what a rule would have done. Read `rules` first."""
