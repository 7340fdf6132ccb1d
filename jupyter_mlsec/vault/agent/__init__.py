"""A process of its own that holds the identities: kernels send it a file's header and get that one file's key."""
