"""Slicing by property: explore only what a property depends on, and prove that the rest does not matter."""

from clusterproof.checker.slicing.footprints import Footprints, Limits
from clusterproof.checker.slicing.plan import Plan
from clusterproof.checker.slicing.slice import Slice
from clusterproof.checker.slicing.slicer import Slicer, enlarged, explore_slice, slice_for

__all__ = ["Footprints", "Limits", "Plan", "Slice", "Slicer", "enlarged", "explore_slice", "slice_for"]
