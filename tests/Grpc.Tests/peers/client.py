"""Makes calls with grpcio to the address given and prints what it saw: one JSON line a check."""
import json
import sys

import grpc
from note import decode, encode

PREFIX = "/fineweb.testing.Testing/"
EVERY_BYTE = bytes(range(256))
channel = grpc.insecure_channel(sys.argv[1], options=[("grpc.enable_retries", 0)])
kinds = {
    "unary": channel.unary_unary,
    "client": channel.stream_unary,
    "server": channel.unary_stream,
    "duplex": channel.stream_stream,
}
names = {"unary": "Unary", "client": "ClientStreaming", "server": "ServerStreaming", "duplex": "DuplexStreaming"}


def method(kind, path=None):
    return kinds[kind](path or PREFIX + names[kind], encode, decode)


unary = method("unary")


def report(check, seen):
    print(json.dumps({"check": check, "seen": seen}), flush=True)


def failure(call, *arguments, **options):
    try:
        result = call(*arguments, **options)
        if hasattr(result, "__next__"):
            for _ in result:
                pass
    except grpc.RpcError as error:
        return error
    return None


def code(error):
    return error.code().value[0] if error else 0


def notes(numbers):
    return ({"number": number} for number in numbers)


for name, compression in (("", None), (" gzip", grpc.Compression.Gzip), (" deflate", grpc.Compression.Deflate)):
    note = {"text": "über 日本" * 100, "number": 7}
    reply = unary(note, compression=compression)
    report("unary" + name, [reply["text"] == note["text"], reply["number"]])
    report("client streaming" + name, method("client")(notes(range(101)), compression=compression)["number"])
    stream = method("server")({"number": 5}, compression=compression)
    report("server streaming" + name, [item["number"] for item in stream])
    stream = method("duplex")(notes([1, 2, 3]), compression=compression)
    report("duplex streaming" + name, [item["number"] for item in stream])
    report("empty message" + name, unary({}, compression=compression)["text"])

for encoding in ("gzip", "deflate"):
    report("response in " + encoding, len(unary({"text": encoding, "number": 5000})["text"]))
    report("empty response in " + encoding, len(unary({"text": encoding})["text"]))

error = failure(unary, {"text": "fail"})
report("status", [code(error), error.details()])
report("trailers of an error", [list(value) for key, value in error.trailing_metadata() if key == "why-bin"])
error = failure(unary, {"text": "throw"})
report("unhandled exception", [code(error), error.details()])
report("null response", code(failure(unary, {"text": "null"})))
report("unknown method", code(failure(method("unary", PREFIX + "Absent"), {})))
report("unknown service", code(failure(method("unary", "/absent.Service/Unary"), {})))

stream = method("server")({"text": "fail", "number": 2})
numbers = []
try:
    for item in stream:
        numbers.append(item["number"])
except grpc.RpcError as error:
    report("error after messages", [numbers, code(error)])
report("error before messages", code(failure(method("server"), {"text": "fail"})))

sent = (("x-text", "plain"), ("x-bytes-bin", EVERY_BYTE))
reply, call = unary.with_call({"text": "metadata"}, metadata=sent)


def echoed(metadata):
    found = {key: value for key, value in metadata if key.startswith("x-")}
    return [found["x-text"], found["x-bytes-bin"] == EVERY_BYTE]


report("headers", echoed(call.initial_metadata()))
report("trailers", echoed(call.trailing_metadata()))

megabytes = unary({"data": b"\1" * 3_500_000})["data"]
report("large message", [len(megabytes), megabytes.count(1)])
report("request over the limit", code(failure(unary, {"data": b"\1" * 4_300_000})))
report("response over the limit", code(failure(unary, {"text": "large", "number": 4_300_000})))

report("deadline", code(failure(unary, {"text": "wait"}, timeout=0.2)))
report("deadline seen by the server", unary({"text": "was cancelled"}, timeout=20)["text"])
stream = method("server")({"text": "wait", "number": 1})
next(stream)
stream.cancel()
report("cancellation", code(failure(lambda: stream)))
channel.close()
