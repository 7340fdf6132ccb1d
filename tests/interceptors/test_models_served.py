"""Clients of served models, asked over a real wire: one record a call, what was said and the key nowhere in it."""

from __future__ import annotations

import asyncio
import http.server
import json
import threading

import anthropic
import msgspec
import openai
import pytest

from jupyter_mlsec.controls.contract import Quiet
from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import LIBRARIES
from jupyter_mlsec.protocol.entries import Amended
from tests.interception.posts import Post

KEY, SAID, ANSWERED = "sk-very-secret", "my number is 078-05-1120", "so it is"
CHUNKS = [{"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]} for word in ANSWERED.split()]
EVENTS = [
    ("message_start", {"message": {"id": "m", "type": "message", "role": "assistant", "model": "toy", "content": [],
                                   "stop_reason": None, "stop_sequence": None,
                                   "usage": {"input_tokens": 1, "output_tokens": 1}}}),
    ("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
    ("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": ANSWERED}}),
    ("content_block_stop", {"index": 0}),
    ("message_delta", {"delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": 2}}),
    ("message_stop", {}),
]  # fmt: skip


class Server(http.server.BaseHTTPRequestHandler):
    """Answers as the two services do, whole or as server-sent events."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert KEY in (self.headers.get("Authorization", "") + self.headers.get("x-api-key", ""))
        body, kind = self.answer(asked)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self, asked):
        if self.path in OTHERS:
            return self.other(asked)
        is_openai = self.path.endswith("/chat/completions")
        if not asked.get("stream"):
            message = {"role": "assistant", "content": ANSWERED}
            whole = {"id": "1", "object": "chat.completion", "created": 1, "model": "toy",
                     "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}  # fmt: skip
            spoken = EVENTS[0][1]["message"] | {"content": [{"type": "text", "text": ANSWERED}]}
            return json.dumps(whole if is_openai else spoken).encode(), "application/json"
        if is_openai:
            head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "toy"}
            lines = [f"data: {json.dumps(head | chunk)}\n\n" for chunk in CHUNKS]
            return "".join([*lines, "data: [DONE]\n\n"]).encode(), "text/event-stream"
        lines = [f"event: {name}\ndata: {json.dumps({'type': name} | data)}\n\n" for name, data in EVENTS]
        return "".join(lines).encode(), "text/event-stream"

    def other(self, asked):
        whole = OTHERS[self.path]
        if not asked.get("stream"):
            return json.dumps(whole).encode(), "application/json"
        done = {"type": "response.completed", "sequence_number": 1, "response": whole}
        word = {"type": "response.output_text.delta", "sequence_number": 0, "delta": ANSWERED, "item_id": "i",
                "output_index": 0, "content_index": 0, "logprobs": []}  # fmt: skip
        lines = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in (word, done)]
        return "".join(lines).encode(), "text/event-stream"

    def log_message(self, *_):
        pass


OUTPUT = {"type": "message", "id": "i", "role": "assistant", "status": "completed",
          "content": [{"type": "output_text", "text": ANSWERED, "annotations": []}]}  # fmt: skip
OTHERS = {
    "/responses": {"id": "r", "object": "response", "created_at": 1, "model": "toy", "output": [OUTPUT],
                   "parallel_tool_calls": True, "tool_choice": "auto", "tools": []},
    "/embeddings": {"object": "list", "model": "toy", "usage": {"prompt_tokens": 1, "total_tokens": 1},
                    "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}]},
    "/completions": {"id": "c", "object": "text_completion", "created": 1, "model": "toy",
                     "choices": [{"index": 0, "text": ANSWERED, "finish_reason": "stop", "logprobs": None}]},
}  # fmt: skip


@pytest.fixture(scope="module")
def address():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture
def post():
    post = Post()
    interception = Interception(LIBRARIES, post)
    interception.install()
    yield post
    interception.uninstall()
    assert not any(secret in msgspec.json.encode(post.entries).decode() for secret in (KEY, SAID, ANSWERED))


MESSAGES = [{"role": "user", "content": SAID}]


def done(post):
    return [
        (e.operation.action, e.operation.resource.kind, e.operation.resource.name, e.outcome) for e in post.recorded
    ]


def ended(post):
    return [entry.outcome for entry in post.entries if isinstance(entry, Amended)]


ONCE = [("predict", "model", "toy", "done")]


def test_openai_answers_whole(address, post):
    client = openai.OpenAI(api_key=KEY, base_url=address)
    answer = client.chat.completions.create(model="toy", messages=MESSAGES)
    assert answer.choices[0].message.content == ANSWERED
    assert done(post) == ONCE


def test_openai_answers_piece_by_piece(address, post):
    client = openai.OpenAI(api_key=KEY, base_url=address)
    stream = client.chat.completions.create(model="toy", messages=MESSAGES, stream=True)
    assert [piece.choices[0].delta.content for piece in stream] == ANSWERED.split()
    assert done(post) == ONCE


def test_openai_stream_that_is_left_is_recorded_once(address, post):
    client = openai.OpenAI(api_key=KEY, base_url=address)
    with client.chat.completions.create(model="toy", messages=MESSAGES, stream=True) as stream:
        next(iter(stream))
    assert done(post) == ONCE
    assert ended(post) == ["interrupted"]


def test_openai_later(address, post):
    async def ask():
        async with openai.AsyncOpenAI(api_key=KEY, base_url=address) as client:
            whole = await client.chat.completions.create(model="toy", messages=MESSAGES)
            stream = await client.chat.completions.create(model="toy", messages=MESSAGES, stream=True)
            return whole.choices[0].message.content, [piece.choices[0].delta.content async for piece in stream]

    assert asyncio.run(ask()) == (ANSWERED, ANSWERED.split())
    assert done(post) == ONCE * 2


ASKED = {
    "responses": lambda client: client.responses.create(model="toy", input=SAID).output_text == ANSWERED,
    "embeddings": lambda client: client.embeddings.create(model="toy", input=SAID).data[0].embedding == [0.5, 0.25],
    "completions": lambda client: client.completions.create(model="toy", prompt=SAID).choices[0].text == ANSWERED,
    "a raw answer": lambda client: (
        client.responses.with_raw_response.create(model="toy", input=SAID).status_code == 200
    ),
}


@pytest.mark.parametrize("way", ASKED)
def test_whatever_else_asks_a_model_of_openai_is_one_record(way, address, post):
    assert ASKED[way](openai.OpenAI(api_key=KEY, base_url=address))
    assert done(post) == ONCE


def test_openai_streams_by_its_helpers(address, post):
    client = openai.OpenAI(api_key=KEY, base_url=address)
    events = list(client.responses.create(model="toy", input=SAID, stream=True))
    with client.chat.completions.stream(model="toy", messages=MESSAGES) as stream:
        stream.until_done()
    assert [event.type for event in events] == ["response.output_text.delta", "response.completed"]
    assert (done(post), ended(post)) == (ONCE * 2, ["done"] * 2)


def test_a_stream_that_is_left_later_is_interrupted(address, post):
    async def ask():
        client = openai.AsyncOpenAI(api_key=KEY, base_url=address)
        async with client, await client.chat.completions.create(model="toy", messages=MESSAGES, stream=True) as stream:
            await anext(stream)
        other = anthropic.AsyncAnthropic(api_key=KEY, base_url=address)
        async with other, other.messages.stream(model="toy", max_tokens=9, messages=MESSAGES) as stream:
            await anext(stream)

    asyncio.run(ask())
    assert (done(post), ended(post)) == (ONCE * 2, ["interrupted"] * 2)


def test_the_prompt_is_what_leaves_and_the_pieces_of_the_answer_are_what_enters(address):
    class Looking(Quiet):
        seen, pieces = [], []

        def before(self, operation, call, facts):
            self.seen.append(call.value["messages"])
            return ()

        def during(self, operation, chunk, facts):
            self.pieces.append(chunk.choices[0].delta.content)
            return ()

    looking = Looking()
    interception = Interception(LIBRARIES, Post(looking))
    interception.install()
    try:
        client = openai.OpenAI(api_key=KEY, base_url=address)
        list(client.chat.completions.create(model="toy", messages=MESSAGES, stream=True))
    finally:
        interception.uninstall()
    assert (looking.seen, looking.pieces) == ([MESSAGES], ANSWERED.split())


def test_where_the_prompt_went_is_recorded_beside_the_model(address, post):
    openai.OpenAI(api_key=KEY, base_url=address).completions.create(model="toy", prompt=SAID)
    (record,) = post.recorded
    assert [(one.kind, one.name) for one in record.operation.others] == [("url", f"{address}/completions")]


def test_anthropic_answers_whole_and_piece_by_piece(address, post):
    client = anthropic.Anthropic(api_key=KEY, base_url=address)
    whole = client.messages.create(model="toy", max_tokens=9, messages=MESSAGES)
    with client.messages.stream(model="toy", max_tokens=9, messages=MESSAGES) as stream:
        pieces = "".join(stream.text_stream)
    assert (whole.content[0].text, pieces) == (ANSWERED, ANSWERED)
    assert done(post) == ONCE * 2


def test_a_refused_connection_is_the_clients_own_error(post):
    client = openai.OpenAI(api_key=KEY, base_url="http://127.0.0.1:9", max_retries=0)
    with pytest.raises(openai.APIConnectionError):
        client.chat.completions.create(model="toy", messages=MESSAGES)
    assert [outcome for *_, outcome in done(post)] == ["failed"]
