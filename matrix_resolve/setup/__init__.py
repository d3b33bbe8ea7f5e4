"""What it takes to be reachable under a server name: a plan, and everything that follows from it, as text.

`plan_setup` decides; the other modules say it: in the languages of the web servers, as DNS records, and in sentences.
"""

from .files import setup_files, write_files
from .plan import Plan, Site, Way, plan_setup

__all__ = ["Plan", "Site", "Way", "plan_setup", "setup_files", "write_files"]
