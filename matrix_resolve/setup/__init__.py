"""What a homeserver needs so that other servers reach it under a server name: a plan, and texts made from it.

`plan_setup` makes the plan. The other modules turn it into web server configurations, DNS records and instructions.
"""

from .files import setup_files, write_files
from .plan import DelegationMethod, Plan, Site, plan_setup

__all__ = ["DelegationMethod", "Plan", "Site", "plan_setup", "setup_files", "write_files"]
