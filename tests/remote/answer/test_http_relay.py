"""The relay's routes in this process: what each answers, who waits, and that the OpenAPI description is true."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import positive_data_acceptance

from drandlab.beacon.store import MemoryStore, StoreError
from drandlab.errors import LocalError
from drandlab.remote.answer.http_middleware import RelayMiddleware
from drandlab.remote.answer.http_relay import relay_app
from drandlab.remote.answer.http_responses import FOREVER, LAST_ROUND, NOT_NOW, ChainName, HttpResponse, RelayResponses
from drandlab.remote.answer.live_chain import LiveChain

LAST = 8


class Served:
    """Two chains with ``LAST`` rounds each, on a clock that stands a second after the last one, and their relay."""

    def __init__(self, *made: Any, passed: float = 1.0, waiting: int | None = None, **options: Any) -> None:
        self.made = {each.info.beacon_id: each for each in made}
        self.chains = []
        for each in made:
            store = MemoryStore(each.info)
            for beacon in each.beacons(1, LAST):
                store.append(beacon)
            moment = each.info.round_time(LAST) + passed
            self.chains.append(LiveChain(store, now=lambda moment=moment: moment))
        self.app = relay_app(self.chains, waiting=waiting, **options)
        self.answers = RelayResponses(self.chains, **options)

    def grow(self, place: int = 0) -> Any:
        """Make one more beacon of a chain, store it, and ring."""
        chain = self.chains[place]
        beacon = self.made[chain.info.beacon_id].beacon(chain.last().round + 1)
        chain.store.append(beacon)
        chain.publish(beacon)
        return beacon

    def run(self, ask: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
        """Return what ``ask`` returns, given a client of the relay; nothing leaves this process."""

        async def run() -> Any:
            async with self.client() as client:
                with anyio.fail_after(60):
                    return await ask(client)

        return asyncio.run(run())

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://relay") as client:
            yield client

    def get(self, path: str, method: str = "GET", **options: Any) -> httpx.Response:
        return self.run(lambda client: client.request(method, path, **options))


@pytest.fixture
def default(made_chain) -> Any:
    return made_chain("pedersen-bls-chained", 11, "default", 30)


@pytest.fixture
def served(unchained, default) -> Served:
    return Served(default, unchained)


def same(response: httpx.Response, answer: HttpResponse) -> bool:
    """Whether the response is the answer, and nothing but its length was added."""
    headers = {name.lower(): value for name, value in answer.headers}
    if answer.status != 204:
        headers["content-length"] = str(len(answer.body))
    return (response.status_code, dict(response.headers), response.content) == (answer.status, headers, answer.body)


def test_every_route_gives_the_answer_of_its_rule(served, unchained) -> None:
    rules = served.answers
    name = unchained.info.chain_hash.hex()
    by_hash, by_id, unnamed = ChainName(chain_hash=name), ChainName(beacon_id="made"), ChainName()
    expected = {"/chains": rules.chains(), "/v2/chains": rules.chains(), "/v2/beacons": rules.beacon_ids()}
    forms = [
        ("", "public", 1, unnamed),
        (f"/{name}", "public", 1, by_hash),
        (f"/{name.upper()}", "public", 1, by_hash),
        (f"/v2/chains/{name}", "rounds", 2, by_hash),
        ("/v2/beacons/made", "rounds", 2, by_id),
        ("/v2/beacons/default", "rounds", 2, unnamed),
        (f"/{'0' * 64}", "public", 1, ChainName(chain_hash="0" * 64)),
        ("/v2/beacons/nobody", "rounds", 2, ChainName(beacon_id="nobody")),
    ]
    for prefix, rounds, version, which in forms:
        expected |= {f"{prefix}/info": rules.info(which, version), f"{prefix}/health": rules.health(which)}
        expected[f"{prefix}/{rounds}/latest"] = rules.latest(which, version)
        for digits in ("0", "1", str(LAST), str(LAST + 2), "9" * 30, "0001"):
            expected[f"{prefix}/{rounds}/{digits}"] = rules.round(which, digits, version)

    async def ask(client: httpx.AsyncClient) -> None:
        for _ in range(2):  # the second time, what never changes is sent from memory: no difference
            for path, answer in expected.items():
                assert same(await client.get(path), answer), path
                assert same(await client.get(f"{path}?1700000000000"), answer), path

    served.run(ask)


def test_any_other_path_gets_the_list_of_routes(served, unchained) -> None:
    name = unchained.info.chain_hash.hex()
    listed = [
        "/chains",
        "/docs",
        "/health",
        "/info",
        "/openapi.json",
        "/ping",
        "/public/latest",
        "/public/{round}",
        "/{chain_hash}/health",
        "/{chain_hash}/info",
        "/{chain_hash}/public/latest",
        "/{chain_hash}/public/{round}",
        "/v2/beacons",
        "/v2/beacons/{beacon_id}/health",
        "/v2/beacons/{beacon_id}/info",
        "/v2/beacons/{beacon_id}/rounds/latest",
        "/v2/beacons/{beacon_id}/rounds/next",
        "/v2/beacons/{beacon_id}/rounds/{round}",
        "/v2/chains",
        "/v2/chains/{chain_hash}/health",
        "/v2/chains/{chain_hash}/info",
        "/v2/chains/{chain_hash}/rounds/latest",
        "/v2/chains/{chain_hash}/rounds/next",
        "/v2/chains/{chain_hash}/rounds/{round}",
    ]
    paths = ["/", "/v2", "/nothing", "/public", "/public/", "/public/x", "/public/-1", "/public/1/", "/public/1.0"]
    # a chain hash has 64 hexadecimal digits, digits are ASCII, and v1 has no `next`
    paths += [f"/{name[1:]}/info", f"/{name}0/info", f"/{name[:-1]}g/info", f"/{name}/public/next", "/public/\u0661"]
    paths += [f"/v2/{name}/info", "/v2/chains/made/info", f"/{name}%0A/info", "/public/1%0A", "/v2/beacons//info"]

    async def ask(client: httpx.AsyncClient) -> None:
        for path in paths:
            response = await client.get(path)
            assert response.status_code == 404, path
            assert response.text.splitlines() == [f"GET {route}" for route in listed], path
            assert response.headers["cache-control"] == FOREVER
            assert response.headers["x-content-type-options"] == "nosniff"
            assert response.headers["content-type"] == "text/plain; charset=utf-8"

    served.run(ask)


def test_heartbeat_icon_and_the_number_that_is_an_underflow(served) -> None:
    ping, icon, underflow = map(served.get, ("/ping", "/favicon.ico", f"/public/{(1 << 64) - 1}"))
    assert (ping.status_code, ping.text) == (200, ".")
    assert (icon.status_code, icon.text) == (404, "404 page not found\n")
    assert underflow.status_code == 200 and underflow.headers["content-type"] == "text/html; charset=utf-8"
    assert underflow.headers["cache-control"] == FOREVER and "-1 read as an unsigned number" in underflow.text
    # under a chain's name it is a round after the next, as in production
    assert served.get(f"/v2/beacons/default/rounds/{(1 << 64) - 1}").status_code == 425


@pytest.mark.parametrize(
    "path", ["/public/3", "/public/3", "/public/latest", "/info", "/nothing", "/ping", "/public/99"]
)
def test_head_is_get_without_the_body(served, path) -> None:
    async def ask(client: httpx.AsyncClient) -> None:
        for _ in range(2):
            got, head = await client.get(path), await client.head(path)
            assert head.content == b"" and head.status_code == got.status_code
            assert dict(head.headers) == dict(got.headers) and int(head.headers["content-length"]) == len(got.content)

    served.run(ask)


def test_other_sites_may_read_and_nobody_may_write(served) -> None:
    preflight = served.get(
        "/public/1", "OPTIONS", headers={"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    )
    assert preflight.status_code == 204 and preflight.content == b""
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert preflight.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert preflight.headers["access-control-allow-headers"] == "*"
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"):
        refused = served.get("/public/1", method)
        assert refused.status_code == 405 and refused.headers["allow"] == "GET, HEAD, OPTIONS"
    for path in ("/public/1", "/nothing", "/public/99", "/docs", "/openapi.json", "/ping"):
        assert served.get(path).headers["access-control-allow-origin"] == "*"


def test_the_next_round_is_answered_the_moment_it_is_published(served, default) -> None:
    paths = {
        f"/public/{LAST + 1}": 1,
        f"/v2/beacons/default/rounds/{LAST + 1}": 2,
        "/v2/beacons/default/rounds/next": 2,
    }

    async def ask(client: httpx.AsyncClient) -> None:
        got: dict[str, httpx.Response] = {}

        async def wait(path: str) -> None:
            got[path] = await client.get(path)

        async with anyio.create_task_group() as tasks:
            for path in paths:
                tasks.start_soon(wait, path)
            await anyio.wait_all_tasks_blocked()
            served.grow(1)  # the other chain's beacon wakes nobody
            await anyio.wait_all_tasks_blocked()
            assert not got
            beacon = served.grow()
        for path, version in paths.items():
            assert (got[path].status_code, got[path].text) == (200, beacon.to_json(version)), path
            cache = None if path.endswith("next") else FOREVER
            assert got[path].headers.get("cache-control") == cache
        assert beacon == default.beacon(LAST + 1)

    served.run(ask)


def test_many_wait_and_all_are_answered(served) -> None:
    async def ask(client: httpx.AsyncClient) -> None:
        got: list[bytes] = []

        async def wait() -> None:
            got.append((await client.get(f"/public/{LAST + 1}")).content)

        async with anyio.create_task_group() as tasks:
            for _ in range(500):
                tasks.start_soon(wait)
            await anyio.wait_all_tasks_blocked()
            beacon = served.grow()
        assert got == [beacon.to_json().encode()] * 500

    served.run(ask)


def test_not_all_may_wait_and_the_others_learn_when_to_come(default, unchained) -> None:
    served = Served(default, unchained, waiting=2)

    async def ask(client: httpx.AsyncClient) -> None:
        got: list[int] = []

        async def wait(path: str) -> None:
            got.append((await client.get(path)).status_code)

        async with anyio.create_task_group() as tasks:
            for path in (f"/public/{LAST + 1}", "/v2/beacons/default/rounds/next"):
                tasks.start_soon(wait, path)
            await anyio.wait_all_tasks_blocked()
            for path in (
                f"/public/{LAST + 1}",
                "/v2/beacons/default/rounds/next",
                f"/v2/beacons/made/rounds/{LAST + 1}",
            ):
                refused = await client.get(path)
                assert (refused.status_code, refused.headers["cache-control"]) == (503, NOT_NOW)
                assert refused.text.startswith("Too many wait for the next round")
                assert 1 <= int(refused.headers["retry-after"]) <= 31
            # what needs no waiting is answered as ever
            assert (await client.get(f"/public/{LAST}")).status_code == 200
            served.grow()
        assert got == [200, 200]
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait, "/v2/beacons/default/rounds/next")
            await anyio.wait_all_tasks_blocked()
            served.grow()
        assert got == [200, 200, 200]

    served.run(ask)


def test_a_round_that_does_not_come_is_given_up(unchained) -> None:
    # the clock stands just before the next round is due, and nobody is patient
    served = Served(unchained, passed=2.99, patience=0.0)

    async def ask(client: httpx.AsyncClient) -> None:
        for path, cache in ((f"{LAST + 1}", NOT_NOW), ("next", None)):
            given_up = await client.get(f"/v2/beacons/made/rounds/{path}")
            assert (given_up.status_code, given_up.text) == (500, "Failed to get beacon\n")
            assert given_up.headers.get("cache-control") == cache

    served.run(ask)


def test_nobody_waits_for_a_client_that_hung_up(served) -> None:
    async def hang_up() -> None:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "path": f"/public/{LAST + 1}",
            "raw_path": f"/public/{LAST + 1}".encode(),
            "query_string": b"",
            "headers": [],
            "server": ("relay", 80),
            "client": ("client", 1),
            "scheme": "http",
            "root_path": "",
        }
        gone = anyio.Event()
        questions = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> dict[str, Any]:
            if question := next(questions, None):
                return question
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            pass

        with anyio.fail_after(60):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(served.app, scope, receive, send)
                await anyio.wait_all_tasks_blocked()
                gone.set()
        assert served.chains[0].last().round == LAST

    asyncio.run(hang_up())


class Fragile(MemoryStore):
    """A store whose disk may go away."""

    gone = False

    def last(self) -> Any:
        self.check()
        return super().last()

    def get(self, round: int) -> Any:
        self.check()
        return super().get(round)

    def check(self) -> None:
        if self.gone:
            raise StoreError("the disk is gone")


def test_a_store_that_fails_is_no_crash(unchained) -> None:
    served = Served(unchained)
    store = Fragile(unchained.info)
    for beacon in unchained.beacons(1, LAST):
        store.append(beacon)
    served.chains[0].store = store

    async def ask(client: httpx.AsyncClient) -> None:
        got: list[httpx.Response] = []

        async def wait(path: str) -> None:
            got.append(await client.get(path))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait, f"/v2/beacons/made/rounds/{LAST + 1}")
            tasks.start_soon(wait, "/v2/beacons/made/rounds/next")
            await anyio.wait_all_tasks_blocked()
            store.gone = True
            served.chains[0].publish(unchained.beacon(LAST + 1))
        for path in ("rounds/1", "rounds/0", "rounds/latest", "rounds/next", "health"):
            await wait(f"/v2/beacons/made/{path}")
        assert len(got) == 7
        for failed in got:
            assert (failed.status_code, failed.text) == (500, "Failed to get beacon\n")
            assert failed.headers["cache-control"] == NOT_NOW
        assert (await client.get("/v2/beacons/made/info")).status_code == 200

    served.run(ask)


def test_what_is_kept_is_bounded_and_only_what_never_changes() -> None:
    asked: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        status, cache = (404, FOREVER) if "missing" in scope["path"] else (200, FOREVER)
        if "latest" in scope["path"]:
            cache = "no-cache"
        headers = [(b"cache-control", cache.encode()), (b"content-length", b"1")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": scope["path"][-1:].encode()})

    door = RelayMiddleware(app, fixed={}, kept=3)
    transport = httpx.ASGITransport(door)

    def ask(*paths: str) -> list[str]:
        async def run() -> None:
            async with httpx.AsyncClient(transport=transport, base_url="http://relay") as client:
                for path in paths:
                    assert (await client.get(path)).text == path[-1]

        asked.clear()
        asyncio.run(run())
        return list(asked)

    assert ask("/1", "/2", "/3", "/1", "/2", "/3") == ["/1", "/2", "/3"]
    # a fourth takes the place of the first
    assert ask("/4", "/2", "/3", "/4", "/1") == ["/4", "/1"]
    for path in ("/missing", "/latest", "/" + "0" * 200):
        assert ask(path, path) == [path, path]


def test_the_documented_routes_are_those_that_answer(served, unchained) -> None:
    described = served.get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    for path, operations in described["paths"].items():
        assert list(operations) == ["get"] and "422" not in operations["get"]["responses"]
        filled = path.format(chain_hash=unchained.info.chain_hash.hex(), beacon_id="made", round=LAST)
        if not path.endswith("next"):
            assert served.get(filled).status_code == 200, path
    identities = [operations["get"]["operationId"] for operations in described["paths"].values()]
    assert len(set(identities)) == len(identities)


def test_the_page_for_people_names_every_route_and_loads_nothing(served) -> None:
    page = served.get("/docs")
    assert page.status_code == 200 and page.headers["content-type"] == "text/html; charset=utf-8"
    for path in served.get("/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in page.text
    assert not re.search(r"(?i)<script|<link|<img|src=|@import|url\(|https?:", page.text)
    assert set(re.findall('href="([^"]*)"', page.text)) <= {
        "/openapi.json",
        "/chains",
        "/info",
        "/health",
        "/public/latest",
        "/v2/chains",
        "/v2/beacons",
    }


def test_a_relay_without_chains_or_with_two_of_one_name_is_refused(served) -> None:
    with pytest.raises(LocalError, match="at least one chain"):
        relay_app([])
    with pytest.raises(LocalError, match="a beacon ID and a chain hash of its own"):
        relay_app([served.chains[0], served.chains[0]])


@pytest.fixture
def described(unchained, default) -> Any:
    # whoever waits for the next round is answered soon: it is all but due, and it does not come
    served = Served(default, unchained, passed=2.99, patience=0.0)
    served.chains[0].now = lambda: default.info.round_time(LAST + 1) - 0.01
    return schemathesis.openapi.from_asgi("/openapi.json", served.app)


SENTENCES = {"Failed to get beacon\n", "Failed to get ChainInfo\n", "Failed to get latest beacon for health\n"}


def check(case: Any, response: Any) -> None:
    # production says 500 where a chain is not served; any other would be a crash
    assert response.status_code != 500 or response.text in SENTENCES
    # nor is a round that fits its description there already
    case.validate_response(response, excluded_checks=[not_a_server_error, positive_data_acceptance])


def test_whatever_is_asked_the_answer_is_as_described(described) -> None:
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) == 21
    for operation in operations:

        @given(operation.as_strategy())
        @settings(max_examples=10, suppress_health_check=list(HealthCheck))
        def ask(case: Any) -> None:
            check(case, case.call())

        ask()


@pytest.mark.parametrize(
    "route", ["/public/{round}", "/{chain_hash}/public/{round}", "/v2/beacons/{beacon_id}/rounds/{round}"]
)
@pytest.mark.parametrize("round", [0, 1, LAST, LAST + 1, LAST_ROUND - 1, LAST_ROUND])
def test_the_first_and_the_last_rounds_are_answered_as_described(described, default, route, round) -> None:
    parameters = {"round": round, "chain_hash": default.info.chain_hash.hex(), "beacon_id": "default"}
    named = {name: value for name, value in parameters.items() if f"{{{name}}}" in route}
    case = described[route]["GET"].Case(path_parameters=named)
    check(case, case.call())


@pytest.mark.parametrize(
    "answer",
    [
        HttpResponse.of(200, "application/json", '{"not": "a list"}'),
        HttpResponse.of(200, "application/json", "["),
        HttpResponse.of(200, "text/plain", "[]"),
        HttpResponse.of(418, "application/json", "[]"),
        HttpResponse.of(500, "text/plain", "Internal Server Error"),
    ],
)
def test_an_answer_that_is_not_as_described_would_be_seen(described, monkeypatch, answer) -> None:
    """The test above is only worth something if what breaks the description fails it."""
    monkeypatch.setattr(RelayResponses, "chains", lambda self: answer)
    case = described["/v2/chains"]["GET"].Case()
    with pytest.raises((FailureGroup, AssertionError)):
        check(case, case.call())
