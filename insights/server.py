"""The operator's small web server: /healthz and /metrics, on an address of their choice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from insights.health import Health

HealthNow = Callable[[], Awaitable[Health]]
MetricsNow = Callable[[], Awaitable[bytes]]


async def serve(listen: str, health_now: HealthNow, metrics_now: MetricsNow) -> web.AppRunner:
    """Start it; call ``cleanup`` on what comes back."""

    async def healthz(request: web.Request) -> web.Response:
        health = await health_now()
        return web.Response(status=200 if health.ok else 503, text=health.why + "\n")

    async def metrics(request: web.Request) -> web.Response:
        return web.Response(body=await metrics_now(), headers={"Content-Type": "text/plain; version=0.0.4"})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/metrics", metrics)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    host, _, port = listen.rpartition(":")
    await web.TCPSite(runner, host.strip("[]"), int(port)).start()
    return runner
