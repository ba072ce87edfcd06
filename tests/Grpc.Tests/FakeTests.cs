using FineWebTorch.Grpc.Tests.Infrastructure;
using FineWebTorch.Grpc.Tests.Protos;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace FineWebTorch.Grpc.Tests;

/// <summary>What tests of services and clients replace, as they do with the published packages.</summary>
public sealed class FakeTests
{
    [Fact]
    public async Task Service_CalledWithoutServer_TakesContextOfTheTest()
    {
        using var cancellation = new CancellationTokenSource();
        var context = new FakeContext(cancellation.Token);
        context.UserState["__HttpContext"] = new DefaultHttpContext { TraceIdentifier = "trace" };
        var service = new TestingService(new()
        {
            Unary = async (request, call) =>
            {
                await call.WriteResponseHeadersAsync(new() { { "head", "x" } });
                call.ResponseTrailers.Add("tail", call.Method);
                call.Status = new Status(StatusCode.OK, call.GetHttpContext().TraceIdentifier);
                return request;
            },
        });

        await service.Unary(new Note(), context);

        Assert.Equal("x", context.SentHeaders!.GetValue("head"));
        Assert.Equal("/fake", context.ResponseTrailers.GetValue("tail"));
        Assert.Equal("trace", context.Status.Detail);
        Assert.Equal(cancellation.Token, context.CancellationToken);
    }

    [Fact]
    public void GetHttpContext_ContextWithoutOne_Throws() =>
        Assert.Throws<InvalidOperationException>(() => new FakeContext(CancellationToken.None).GetHttpContext());

    [Fact]
    public async Task Client_WithInvokerOfTheTest_ReturnsItsCalls()
    {
        var client = new Testing.TestingClient(new FakeInvoker());

        using var call = client.UnaryAsync(new Note { Text = "asked" });

        Assert.Equal("asked", (await call).Text);
        Assert.Equal("x", (await call.ResponseHeadersAsync).GetValue("head"));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.Equal("y", call.GetTrailers().GetValue("tail"));
    }

    [Fact]
    public async Task WithHost_AnyCall_NamesThatHost()
    {
        string? host = null;
        var invoker = new FakeInvoker { HostSeen = value => host = value };

        await new Testing.TestingClient(invoker).WithHost("other").UnaryAsync(new Note());

        Assert.Equal("other", host);
    }

    [Fact]
    public void Marshaller_OfByteArrays_ServesContextsAndTheOtherWayRound()
    {
        var simple = Marshallers.Create<Note>(note => note.ToByteArray(), Note.Parser.ParseFrom);
        var contextual = Marshallers.Create<Note>(
            (note, context) =>
            {
                context.SetPayloadLength(note.CalculateSize());
                note.WriteTo(context.GetBufferWriter());
                context.Complete();
            },
            context => Note.Parser.ParseFrom(context.PayloadAsReadOnlySequence()));
        var note = new Note { Text = new string('x', 5000) };

        Assert.Equal(note, contextual.Deserializer(contextual.Serializer(note)));
        Assert.Equal(note, simple.Deserializer(contextual.Serializer(note)));
        Assert.Empty(contextual.Serializer(new Note()));
    }

    [Fact]
    public void Method_FullName_IsThePath()
    {
        var marshaller = Marshallers.Create<Note>(note => note.ToByteArray(), Note.Parser.ParseFrom);

        var method = new Method<Note, Note>(MethodType.Unary, "a.B", "C", marshaller, marshaller);

        Assert.Equal("/a.B/C", method.FullName);
    }

    private sealed class FakeContext(CancellationToken cancellationToken) : ServerCallContext
    {
        public Metadata? SentHeaders { get; private set; }

        protected override string MethodCore => "/fake";

        protected override string HostCore => "localhost";

        protected override string PeerCore => "unknown";

        protected override DateTime DeadlineCore => DateTime.MaxValue;

        protected override Metadata RequestHeadersCore { get; } = [];

        protected override CancellationToken CancellationTokenCore => cancellationToken;

        protected override Metadata ResponseTrailersCore { get; } = [];

        protected override Status StatusCore { get; set; }

        protected override WriteOptions? WriteOptionsCore { get; set; }

        protected override AuthContext AuthContextCore { get; } = new(null, []);

        protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
            throw new NotSupportedException();

        protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
        {
            SentHeaders = responseHeaders;
            return Task.CompletedTask;
        }
    }

    private sealed class FakeInvoker : CallInvoker
    {
        public Action<string?> HostSeen { get; init; } = _ => { };

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
        {
            HostSeen(host);
            return new AsyncUnaryCall<TResponse>(
                Task.FromResult((TResponse)(object)request),
                Task.FromResult(new Metadata { { "head", "x" } }),
                () => Status.DefaultSuccess,
                () => new Metadata { { "tail", "y" } },
                () => { });
        }

        public override TResponse BlockingUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
            throw new NotSupportedException();

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
            throw new NotSupportedException();

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options) =>
            throw new NotSupportedException();

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options) =>
            throw new NotSupportedException();
    }
}
