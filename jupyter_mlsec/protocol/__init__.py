"""The nouns every floor shares: what crosses the gate, the ledger and the wire. Frozen msgspec Structs."""
