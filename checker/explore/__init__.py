"""The engine `explore`: Hypothesis draws what to try, walks try it at the engine's speed, and what fails is shrunk.

It never proves anything, except that something is reachable. `explore_system` is the way in.
"""

from clusterproof.checker.explore.explorer import explore_scopes, explore_system
from clusterproof.checker.explore.profiles import PROFILES, Profile
from clusterproof.checker.explore.scopes import ScopeChoice

__all__ = ["PROFILES", "Profile", "ScopeChoice", "explore_scopes", "explore_system"]
