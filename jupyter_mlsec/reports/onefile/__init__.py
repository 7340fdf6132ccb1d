"""The verifier as one file that needs `cryptography` and nothing else: docs/verify_audit.py, made from our sources."""
