"""A grpcio server for our client. Prints its ports, plain and gzip, as JSON; ends when standard input does."""
import json
import sys
import threading
from concurrent import futures

import grpc
from note import decode, encode

SERVICE = "fineweb.testing.Testing"
cancelled = threading.Event()


def watch_for_the_end(context):
    cancelled.clear()
    if not context.add_callback(cancelled.set):
        cancelled.set()


def unary(note, context):
    text = note["text"]
    if text == "metadata":
        echoed = [item for item in context.invocation_metadata() if item[0].startswith("x-")]
        context.send_initial_metadata(echoed)
        context.set_trailing_metadata(echoed)
    elif text == "fail":
        context.set_trailing_metadata((("why-bin", b"\0\xff"),))
        context.abort(grpc.StatusCode.NOT_FOUND, "keine Zeile: 100 % ä")
    elif text == "throw":
        raise ValueError("oops")
    elif text == "wait":
        watch_for_the_end(context)
        cancelled.wait(20)
    elif text == "was cancelled":
        return {"number": int(cancelled.wait(20))}
    elif text == "time remaining":
        return {"number": int(context.time_remaining() or 0)}
    elif text == "large":
        return {"data": bytes(note["number"])}
    return note


def client_streaming(notes, context):
    return {"number": sum(note["number"] for note in notes)}


def server_streaming(note, context):
    if note["text"] == "wait":
        # Before the first response: a call that ends right after it never comes back to this generator.
        watch_for_the_end(context)
    for number in range(note["number"]):
        yield {"number": number, "text": "z" * 1000}
    if note["text"] == "fail":
        context.abort(grpc.StatusCode.DATA_LOSS, "torn")
    if note["text"] == "wait":
        cancelled.wait(20)


def duplex_streaming(notes, context):
    yield from notes


def start(compression):
    handlers = {
        "Unary": grpc.unary_unary_rpc_method_handler(unary, decode, encode),
        "ClientStreaming": grpc.stream_unary_rpc_method_handler(client_streaming, decode, encode),
        "ServerStreaming": grpc.unary_stream_rpc_method_handler(server_streaming, decode, encode),
        "DuplexStreaming": grpc.stream_stream_rpc_method_handler(duplex_streaming, decode, encode),
    }
    server = grpc.server(futures.ThreadPoolExecutor(16), compression=compression)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


servers = [start(None), start(grpc.Compression.Gzip)]
print(json.dumps([port for _, port in servers]), flush=True)
sys.stdin.read()
for server, _ in servers:
    server.stop(0)
