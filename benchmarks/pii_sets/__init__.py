"""Tables the detector was not built for: made by other generators than its own, seeded, with what each column holds."""
