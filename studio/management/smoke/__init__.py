"""A short trial of the real provider: what client, catalog and simulator assume of it, looked at one by one."""
