"""The scheduler's filter plugins, one file per plugin, under upstream's names.

Every filter takes the incoming pod, the node in question and all nodes, and answers None where the pod fits, else
upstream's reason. `clusterproof.models.kubernetes.decisions.scheduler` puts them together.
Source: pkg/scheduler/framework/plugins/
"""
