"""`kubectl get` in a state of the model: from words to what kubectl prints.

Source: staging/src/k8s.io/kubectl/pkg/cmd/get
"""
