"""kubectl as a client that only reads: `get` and `rollout status` in a state of the model.

Source: staging/src/k8s.io/kubectl/pkg
"""
