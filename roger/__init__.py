"""Wiring only: settings, addresses, servers. The product lives in the rooms beside this one."""
