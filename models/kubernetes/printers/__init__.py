"""What the API server says of an object in a table: upstream's printers, one file per kind, on plain API objects."""
