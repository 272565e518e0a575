"""The configuration of a smallest Swift: one replica, one device, its own accounts, the S3 API in front."""

import getpass
from dataclasses import dataclass
from pathlib import Path

from tests.services.processes import LOOPBACK, free_ports

ACCESS_KEY = "dailies:tests"
SECRET_KEY = "only-for-tests-on-loopback"
REGION = "us-east-1"
DEVICE = "disk"
STORES = ("account", "container", "object")

# `swift_dir` and ports are filled in. Memcached is left out: with one machine there is nothing to share.
PROXY_CONF = """
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck listing_formats bulk s3api tempauth slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
location = {region}
cors_preflight_allow_origin = *
[filter:tempauth]
use = egg:swift#tempauth
user_{user} = {secret} .admin
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""
STORE_CONF = """
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""
SERVER_DEFAULTS = """[DEFAULT]
bind_ip = {ip}
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
log_level = ERROR
"""
SWIFT_CONF = """[swift-hash]
swift_hash_path_prefix = dailies
swift_hash_path_suffix = tests
[storage-policy:0]
name = single
default = yes
"""
# Runs in Swift's own environment: writes <name>.ring.gz for each NAME=PORT.
BUILD_RINGS = """
import sys
from swift.common.ring import RingBuilder
folder, ip, device, *stores = sys.argv[1:]
for store in stores:
    name, port = store.split("=")
    builder = RingBuilder(4, 1, 0)
    where = {"ip": ip, "port": int(port), "replication_ip": ip, "replication_port": int(port)}
    builder.add_dev({"region": 1, "zone": 1, "device": device, "weight": 1.0, "meta": "", **where})
    builder.rebalance()
    builder.get_ring().save(f"{folder}/{name}.ring.gz")
"""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the servers of one Swift stand: a folder, and a port for each."""

    folder: Path
    ports: dict[str, int]

    @property
    def endpoint_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports['proxy']}"

    def conf(self, name: str) -> Path:
        return self.folder / f"{name}-server.conf"


def write_config(folder: Path) -> Layout:
    """Writes every file that the servers read, but for the rings."""
    names = ("proxy", *STORES)
    layout = Layout(folder, dict(zip(names, free_ports(len(names)), strict=True)))
    (folder / "devices" / DEVICE).mkdir(parents=True)
    (folder / "swift.conf").write_text(SWIFT_CONF)
    user = ACCESS_KEY.replace(":", "_")
    proxy = PROXY_CONF.format(region=REGION, user=user, secret=SECRET_KEY)
    _write_server(layout, "proxy", proxy)
    for name in STORES:
        _write_server(layout, name, STORE_CONF.format(name=name))
    return layout


def _write_server(layout: Layout, name: str, rest: str) -> None:
    top = SERVER_DEFAULTS.format(ip=LOOPBACK, port=layout.ports[name], user=getpass.getuser(), folder=layout.folder)
    layout.conf(name).write_text(top + rest)
