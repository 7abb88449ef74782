"""How fast Groat takes payments, measured over HTTP beside PostgreSQL's own pgbench. See README.md."""
