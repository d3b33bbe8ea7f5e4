"""The parity table: what name servers and middleboxes do, and what each resolver makes of it.

Each row is data (`row.Row`): a question, what the name servers do, and the right outcome. Right is what the servers of the zone say, never
what RFC 5452 tells a resolver to reject, and never a name with a search domain. `run` runs all rows on all contenders in a network
namespace; `rendered` writes the page of the documentation.
"""
