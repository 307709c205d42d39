"""Whether a process fits the database that it was given: its issuer, region and secrets are those of the other nodes,
and the tables are of its own build. Owns the table of facts; what is done about a misfit is `idp/node`'s.

    settings ─▶ node (what this process declares) ──┐
                                                    ├─▶ judge (pure) ─▶ state ─▶ /readyz, doctor, middleware, commands
    table of facts ─▶ table ─▶ what is recorded ────┘

The facts are read when a process starts, when its readiness is asked and every ten seconds, never for a request.
"""
