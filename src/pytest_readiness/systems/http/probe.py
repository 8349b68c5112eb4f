"""Observing a service over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.systems import net
from pytest_readiness.systems.base import ClientMissing, Probe
from pytest_readiness.systems.exchange import AGENT
from pytest_readiness.systems.http import HttpSettings, card, parsed, reading
from pytest_readiness.systems.http.facts import HttpFacts
from pytest_readiness.systems.http.look import look
from pytest_readiness.systems.watch import Watch

if TYPE_CHECKING:
    import httpx


class HttpProbe(Probe[HttpSettings, HttpFacts]):
    """A service as a check sees it."""

    facts_type = HttpFacts

    @classmethod
    def observe(cls, settings: HttpSettings, watch: Watch) -> HttpFacts:
        """GETs only, on ``look.AT_ONCE`` connections that are kept where the server keeps them; on
        more only while a run begins and a slow question is still waited for:

        1. the live path, for there may be nobody;
        2. every path that is named, once, at the same time;
        3. ``requests``, one after the other: the time of each is what they are for;
        4. the burst of the live path, five at a time.

        Other addresses have connections of their own: the ``monitor_url`` one for each of its two
        paths, the plaintext entry one; and an old version of TLS can only be asked for on a new
        one. They go beside the second step.
        """
        return reading.facts(settings, look(settings, watch))

    @property
    def declared(self) -> HttpSettings:
        """What the settings say of the target."""
        return self._settings

    @property
    def client(self) -> httpx.Client:
        """A live ``httpx.Client`` with the service's address and credentials:
        ``http_probe.client.get("/api/products")``.

        Raises:
            Blocked: the target was not reached.
        """
        client: httpx.Client = super().client
        return client

    @property
    def shown_version(self) -> str | None:
        return card.version(self.facts)

    def card(self) -> dict[str, str]:
        return card.card(self.facts)

    def connect(self) -> httpx.Client:
        try:
            import httpx
        except ImportError:
            raise ClientMissing("httpx", "http") from None
        settings = self._settings
        way = parsed(settings.url or "")
        return httpx.Client(
            base_url=f"{way.scheme}://{net.at(way.host, way.port)}/{way.path}",
            headers={"User-Agent": AGENT, **settings.credentials(way)},
            # No variable of the shell sends a readiness check by another way.
            trust_env=False,
            verify=net.tls_context(settings.ca_file) if way.scheme == "https" else False,
            timeout=self.timeout,
        )
