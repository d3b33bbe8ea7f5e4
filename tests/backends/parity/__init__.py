"""The parity table: what name servers and middleboxes do, and how each resolver handles it.

Each row is data (`row.Row`): a query, what the name servers do, and the right outcome. The right outcome is what the
servers of the zone say. It is never a reply that a resolver must reject by RFC 5452, and never a name with a search
domain. `run` runs all rows with all contenders in a network namespace; `rendered` writes the page of the documentation.
"""
