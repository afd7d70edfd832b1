"""Examples of controllers of one's own, each with its custom resource."""
