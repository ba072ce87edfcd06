using FineWebTorch.Grpc.Tests.Infrastructure;
using FineWebTorch.Grpc.Tests.Protos;
using Grpc.Core;

namespace FineWebTorch.Grpc.Tests;

public sealed class DeadlineTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(150);

    [Fact]
    public async Task Unary_HandlerOutlastsDeadline_BothSidesGiveUp()
    {
        var cancelled = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(new() { Unary = UntilCancelled(cancelled) });

        var call = server.Client.UnaryAsync(new Note(), deadline: DateTime.UtcNow + Short);
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.InTime());

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.Equal(StatusCode.DeadlineExceeded, call.GetStatus().StatusCode);
        await cancelled.Task.InTime();
    }

    [Fact]
    public async Task Unary_DeadlineInThePast_FailsWithoutSending()
    {
        var sent = false;
        var client = StubServer.ClientOf(_ =>
        {
            sent = true;
            return StubServer.Response([]);
        });

        var call = client.UnaryAsync(new Note(), deadline: DateTime.UtcNow.AddSeconds(-1));
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.InTime());

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.False(sent);
    }

    [Fact]
    public void Unary_DeadlineInLocalTime_Throws()
    {
        var client = StubServer.ClientOf(_ => StubServer.Response([]));

        Assert.Throws<InvalidOperationException>(() =>
        {
            _ = client.UnaryAsync(new Note(), deadline: DateTime.Now.AddMinutes(1));
        });
    }

    [Theory]
    [InlineData(5, "u", "m")]
    [InlineData(300_000, "m", "S")]
    [InlineData(31_536_000, "S", "S")]
    public async Task Unary_Deadline_IsSentAsAtMostEightDigitsAndUnit(int seconds, string finest, string coarsest)
    {
        string? timeout = null;
        var client = StubServer.ClientOf(request =>
        {
            timeout = request.Headers.GetValues("grpc-timeout").Single();
            return StubServer.Response(Frames.Of(new Note()));
        });

        await client.UnaryAsync(new Note(), deadline: DateTime.UtcNow.AddSeconds(seconds));

        Assert.Matches("^[0-9]{1,8}[unmSMH]$", timeout);
        Assert.Contains(timeout![^1..], new[] { finest, coarsest });
        var unit = timeout[^1] switch { 'u' => 1e-6, 'm' => 1e-3, _ => 1.0 };
        Assert.InRange(int.Parse(timeout[..^1], null) * unit, seconds - 30, seconds + 1);
    }

    [Fact]
    public async Task Unary_NoDeadline_HandlerSeesNone()
    {
        var deadline = DateTime.MinValue;
        await using var server = await TestServer.StartAsync(new() { Unary = Record(value => deadline = value) });

        await server.Client.UnaryAsync(new Note(), deadline: DateTime.MaxValue).ResponseAsync.InTime();

        Assert.Equal(DateTime.MaxValue, deadline);
    }

    [Fact]
    public async Task Unary_Deadline_HandlerSeesIt()
    {
        var deadline = DateTime.MinValue;
        await using var server = await TestServer.StartAsync(new() { Unary = Record(value => deadline = value) });
        var wanted = DateTime.UtcNow.AddMinutes(10);

        await server.Client.UnaryAsync(new Note(), deadline: wanted).ResponseAsync.InTime();

        Assert.Equal(DateTimeKind.Utc, deadline.Kind);
        Assert.Equal(wanted, deadline, TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("S")]
    [InlineData("5X")]
    [InlineData("-1S")]
    [InlineData("1.5S")]
    [InlineData("soon")]
    public async Task RawUnary_MalformedTimeout_IsIgnored(string timeout)
    {
        var deadline = DateTime.MinValue;
        await using var server = await TestServer.StartAsync(new() { Unary = Record(value => deadline = value) });

        using var call = await RawCall.SendAsync(
            server.Address, RawCall.Unary, Frames.Of(new Note()), headers: [("grpc-timeout", timeout)]);

        Assert.Equal("0", call.Status);
        Assert.Equal(DateTime.MaxValue, deadline);
    }

    [Theory]
    [InlineData("2H", 7200)]
    [InlineData("90M", 5400)]
    [InlineData("3600S", 3600)]
    [InlineData("3600000m", 3600)]
    public async Task RawUnary_TimeoutInEveryUnit_IsTheDeadline(string timeout, int seconds)
    {
        var deadline = DateTime.MinValue;
        await using var server = await TestServer.StartAsync(new() { Unary = Record(value => deadline = value) });

        using var call = await RawCall.SendAsync(
            server.Address, RawCall.Unary, Frames.Of(new Note()), headers: [("grpc-timeout", timeout)]);

        Assert.Equal("0", call.Status);
        Assert.Equal(DateTime.UtcNow.AddSeconds(seconds), deadline, TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("150m")]
    [InlineData("150000u")]
    [InlineData("1n")]
    public async Task RawUnary_ServerNoticesFirst_SendsTrailersOnlyStatus(string timeout)
    {
        var cancelled = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(new() { Unary = UntilCancelled(cancelled) });

        using var call = await RawCall.SendAsync(
            server.Address, RawCall.Unary, Frames.Of(new Note()), headers: [("grpc-timeout", timeout)]);

        Assert.Equal("4", call.HeaderStatus);
        Assert.Equal("Deadline Exceeded", call.Detail);
        Assert.Empty(call.Body);
        await cancelled.Task.InTime();
    }

    [Fact]
    public async Task RawServerStreaming_DeadlineAfterMessages_MessagesArriveBeforeTheStatus()
    {
        await using var server = await TestServer.StartAsync(new()
        {
            ServerStreaming = async (_, responses, context) =>
            {
                await responses.WriteAsync(new Note { Number = 7 });
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            },
        });

        using var call = await RawCall.SendAsync(
            server.Address, RawCall.ServerStreaming, Frames.Of(new Note()), headers: [("grpc-timeout", "300m")]);

        Assert.Equal(7, call.Message.Number);
        Assert.Equal("4", call.Status);
    }

    [Fact]
    public async Task ServerStreaming_HandlerIgnoresDeadline_ItsLaterWritesFail()
    {
        var write = new TaskCompletionSource<Exception>();
        await using var server = await TestServer.StartAsync(new()
        {
            ServerStreaming = async (_, responses, context) =>
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(
                    () => Task.Delay(Timeout.Infinite, context.CancellationToken));
                write.SetResult(await Assert.ThrowsAnyAsync<Exception>(() => responses.WriteAsync(new Note())));
            },
        });

        using var call = server.Client.ServerStreaming(new Note(), deadline: DateTime.UtcNow + Short);
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().InTime());

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.IsType<InvalidOperationException>(await write.Task.InTime());
    }

    [Fact]
    public async Task DuplexStreaming_DeadlineWhileHandlerReads_TheReadEnds()
    {
        var read = new TaskCompletionSource<Exception>();
        await using var server = await TestServer.StartAsync(new()
        {
            DuplexStreaming = async (requests, _, _) =>
                read.SetResult(await Assert.ThrowsAnyAsync<Exception>(() => requests.MoveNext())),
        });

        using var call = server.Client.DuplexStreaming(deadline: DateTime.UtcNow + Short);
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().InTime());

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.True(await read.Task.InTime() is OperationCanceledException or IOException);
    }

    private static UnaryServerMethod<Note, Note> Record(Action<DateTime> record) => (request, context) =>
    {
        record(context.Deadline);
        return Task.FromResult(request);
    };

    private static UnaryServerMethod<Note, Note> UntilCancelled(TaskCompletionSource cancelled) =>
        async (request, context) =>
        {
            await using var registration = context.CancellationToken.Register(cancelled.SetResult);
            await cancelled.Task;
            return request;
        };
}
