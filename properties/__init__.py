"""Named properties: what a Kubernetes cluster promises, each citing who promises it."""
