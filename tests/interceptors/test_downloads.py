"""What comes and goes over HTTP, and through open files: one record a call, named by nothing that is secret."""

from __future__ import annotations

import asyncio
import csv
import functools
import io
import json
import threading
import urllib.request

import httpx
import httpx2
import msgspec
import pandas as pd
import pytest
import requests

from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import LIBRARIES
from jupyter_mlsec.protocol.entries import Amended
from tests.conformance.recipes import web
from tests.interception.posts import Post

SECRET = "hunter2"
HEADERS = {"Authorization": f"Bearer {SECRET}", "Cookie": f"session={SECRET}"}
BODY = {"answer": 42}
early_get, early_send = requests.get, functools.partial(requests.Session().get, headers=HEADERS)
"""Held since before the guard."""


@pytest.fixture
def post(tmp_path, monkeypatch):
    """A guard at work in a folder; what it recorded holds no secret."""
    monkeypatch.chdir(tmp_path)
    post = Post(root=str(tmp_path))
    interception = Interception(LIBRARIES, post)
    interception.install()
    yield post
    interception.uninstall()
    assert SECRET.encode() not in msgspec.json.encode(post.entries)


def done(post):
    return [(entry.operation.library, entry.operation.action, entry.operation.resource.name) for entry in post.recorded]


def ended(post):
    return [entry.outcome for entry in post.entries if isinstance(entry, Amended)]


def secret_url():
    """Where the server is, with secrets wherever a URL can hold them."""
    return web.address().replace("//", f"//me:{SECRET}@") + f"/t.json;{SECRET}?key={SECRET}#{SECRET}"


CLIENTS = {
    "requests": lambda: requests.get(secret_url(), headers=HEADERS).json(),
    "an alias": lambda: early_get(secret_url(), headers=HEADERS).json(),
    "a partial": lambda: early_send(secret_url()).json(),
    "httpx": lambda: httpx.get(secret_url(), headers=HEADERS).json(),
    "httpx2": lambda: httpx2.get(secret_url(), headers=HEADERS).json(),
}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_download_is_a_read_of_a_url_without_its_secrets(client, post):
    assert CLIENTS[client]() == BODY
    (record,) = post.recorded
    assert record.operation.action == "read"
    assert record.operation.resource.name == f"{web.address()}/t.json"


def test_urllib_reads_a_url_without_its_secrets(post, tmp_path):
    address = f"{web.address()}/t.json?key={SECRET}"
    request = urllib.request.Request(address, headers=HEADERS)
    assert json.loads(urllib.request.urlopen(request).read()) == BODY
    urllib.request.urlretrieve(address, tmp_path / "t.json")
    assert done(post) == [("urllib", "read", f"{web.address()}/t.json")] * 2


def test_what_a_library_downloads_by_urllib_is_the_library_s_own(post):
    pd.read_json(web.address(), typ="series")
    assert [library for library, *_ in done(post)] == ["pandas"]


SENDERS = {
    "requests": lambda url: requests.post(url, json={"a": SECRET}),
    "httpx": lambda url: httpx.post(url, json={"a": SECRET}),
    "httpx2": lambda url: httpx2.post(url, json={"a": SECRET}),
    "urllib": lambda url: urllib.request.urlopen(urllib.request.Request(url, SECRET.encode(), method="POST")),
}


@pytest.mark.parametrize("client", SENDERS)
def test_what_is_sent_is_a_write(client, post):
    SENDERS[client](f"{web.address()}/up")
    assert done(post) == [(client, "write", f"{web.address()}/up")]


def test_httpx_is_watched_when_awaited_side_by_side(post):
    async def ask():
        async with httpx.AsyncClient() as client:
            found = await asyncio.gather(*(client.get(f"{web.address()}/{number}") for number in range(3)))
        return [one.json() for one in found]

    assert asyncio.run(ask()) == [BODY] * 3
    assert sorted(name[-2:] for *_, name in done(post)) == ["/0", "/1", "/2"]


def test_a_request_in_a_thread_is_watched(post):
    thread = threading.Thread(target=requests.get, args=(web.address(),))
    thread.start()
    thread.join()
    assert [entry.operation.thread is not None for entry in post.recorded] == [True]


def test_a_stream_read_to_its_end_is_done_and_one_that_is_left_is_interrupted(post):
    response = requests.get(web.address(), stream=True)
    assert json.loads(b"".join(response.iter_content(4))) == BODY
    left = requests.get(web.address(), stream=True).iter_content(4)
    next(left)
    left.close()
    assert ended(post) == ["done", "interrupted"]


@pytest.mark.parametrize("client", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_a_stream_of_httpx_is_complete_whichever_way_it_is_read(client, post):
    for way in ("iter_raw", "iter_bytes", "iter_text", "iter_lines"):
        with client.stream("GET", web.address()) as response:
            assert json.loads("".join(str(one, "utf-8") if isinstance(one, bytes) else one
                                      for one in getattr(response, way)())) == BODY  # fmt: skip
    assert ended(post) == ["done"] * 4


def test_nobody_at_the_other_end_is_an_error_of_the_library(post):
    with pytest.raises(requests.ConnectionError):
        requests.get(web.NOBODY)
    with pytest.raises(httpx.ConnectError):
        httpx.get(web.NOBODY)
    assert [entry.outcome for entry in post.recorded] == ["failed", "failed"]


def test_json_through_an_open_file_is_named_by_the_file(post, tmp_path):
    with open("t.json", "w") as file:
        json.dump({"name": SECRET}, file)
    with open("t.json") as file:
        assert json.load(file) == {"name": SECRET}
    json.loads(json.dumps([1]))  # memory only
    assert done(post) == [("json", "write", "t.json"), ("json", "read", "t.json")]


def test_csv_through_an_open_file_is_named_by_the_file_and_its_rows_are_counted(post):
    with open("t.csv", "w") as file:
        writer = csv.DictWriter(file, ["a"])
        writer.writeheader()
        writer.writerow({"a": SECRET})
    with open("t.csv") as file:
        assert [dict(row) for row in csv.DictReader(file)] == [{"a": SECRET}]
    assert done(post) == [("csv", "write", "t.csv"), ("csv", "read", "t.csv")]
    (read,) = [e for e in post.entries if isinstance(e, Amended) and e.amends == post.recorded[1].operation.id]
    assert (read.outcome, read.facts[0].rows) == ("done", 1)


def test_a_plain_reader_and_writer_are_recorded_where_they_are_made(post):
    with open("t.csv", "w") as file:
        csv.writer(file).writerow([1, 2])
    with open("t.csv") as file:
        assert list(csv.reader(file)) == [["1", "2"]]
    list(csv.reader(["lines,that", "are,here"]))  # memory only
    assert done(post) == [("csv", "write", "t.csv"), ("csv", "read", "t.csv")]


def test_what_a_library_parses_for_itself_is_not_the_users(post):
    pd.read_csv(io.StringIO("a,b\n1,2\n"), engine="python")
    assert [library for library, *_ in done(post)] == ["pandas"]
