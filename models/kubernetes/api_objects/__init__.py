"""The objects of a state as the API sends them, one file per kind: what `kubectl get -o yaml` shows.

Only what the model knows is in them. Names are the model's; addresses and dates, which it has not, are made up.
"""
