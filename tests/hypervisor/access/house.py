"""An application that knows who asks, with services, keys and members of a test's own."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx2
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from hypervisor.access.directory import Directory, NewKey
from hypervisor.access.kept import Grants, Member, Service
from hypervisor.access.passwords import Passwords
from hypervisor.access.principal import LOCAL
from hypervisor.app import create_app
from hypervisor.configuring.file import ConfigFile
from hypervisor.delivery.redis_queue import RedisQueue
from hypervisor.redis_feed import RedisFeed
from hypervisor.settings import Settings
from hypervisor.store.redis_store import RedisStore
from hypervisor.store.values import Audited

Answer = TypeVar("Answer")
PASSWORD = "a password long enough"
QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
"""Hashing that is no protection, and takes no time."""


class House:
    """What a test does to an application and its directory."""

    def __init__(self, url: str, clock: Callable[[], float], **settings: Any) -> None:
        self.url, self.clock = url, clock
        self.settings = Settings(watch_s=0.02, **settings)
        self.config: ConfigFile | None = None
        self.service("mobility")

    def app(self) -> FastAPI:
        """Return the application as the product makes it, except that passwords are quick."""
        feed, store = RedisFeed(self.url), RedisStore(self.url, self.clock)
        return create_app(
            feed,
            store,
            self.settings,
            self.clock,
            None,
            Passwords(QUICK._hasher),
            queue=RedisQueue(self.url, clock=self.clock),
            config=self.config,
        )

    def client(self, key: str | None = None) -> TestClient:
        """Return a client with a key; it is to be entered, and to be left."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        base = "http://127.0.0.1"
        return TestClient(self.app(), base, headers=headers, raise_server_exceptions=False, follow_redirects=False)

    def told(self, story: Callable[[Directory], Awaitable[Answer]]) -> Answer:
        """Tell a story to the directory."""

        async def with_store() -> Answer:
            store = RedisStore(self.url, self.clock)
            try:
                return await story(Directory(store, self.clock, os.urandom))
            finally:
                await store.close()

        return asyncio.run(with_store())

    def service(self, name: str) -> None:
        """Make a service."""
        self.told(lambda who: who.keep_service(LOCAL, name, Service(name=name.title())))

    def key(self, *scopes: str, service: str = "mobility", purpose: str = "default", **grants: Any) -> str:
        """Make a key; `cameras`, `kinds` and `expires_s` as they are kept."""
        expires_s = grants.pop("expires_s", None)
        wanted = NewKey(service, purpose, Grants(scopes=frozenset(scopes), **grants), expires_s)
        return str(self.told(lambda who: who.create_key(LOCAL, wanted))[1])

    def revoke(self, key: str) -> None:
        """Revoke a key."""
        self.told(lambda who: who.revoke_key(LOCAL, key.split("_")[1]))

    def member(self, name: str = "anne", *scopes: str, **members: Any) -> None:
        """Make a member who knows `PASSWORD`."""
        grants = Grants(scopes=frozenset(scopes or ("flows:read",)))
        password = None if "subject" in members else QUICK.hashed(PASSWORD)
        member = Member(name=name.title(), service="mobility", grants=grants, password=password, **members)
        self.told(lambda who: who.keep_member(LOCAL, name, member))

    def audited(self) -> list[Audited]:
        """Return the audit log."""
        return self.told(lambda who: who.store.audit("0-0", 1000))


def sign_in(client: httpx2.Client, name: str = "anne", password: str = PASSWORD, following: str = "/") -> Any:
    """Sign in as a browser does: fetch the form, send it with its token."""
    page = client.get("/sign-in", params={"next": following})
    token = page.text.split('name="token" value="')[1].split('"')[0]
    fields = {"token": token, "next": following, "name": name, "password": password}
    return client.post("/sign-in", data=fields)
