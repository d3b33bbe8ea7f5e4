"""Everything that a homeserver needs to be reachable under a server name: a plan, and the texts that follow from it.

`plan_setup` makes the plan. The other modules write it as web server configurations, as DNS records, and as instructions.
"""

from .files import setup_files, write_files
from .plan import DelegationMethod, Plan, Site, plan_setup

__all__ = ["DelegationMethod", "Plan", "Site", "plan_setup", "setup_files", "write_files"]
