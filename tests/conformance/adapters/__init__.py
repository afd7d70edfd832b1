"""One adapter module per area of the conformance data; see ../README.md."""
