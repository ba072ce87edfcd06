using System.Threading.Channels;
using FineWebTorch.Protos.V1;
using Grpc.Core;

namespace FineWebTorch.Worker.Rpc;

/// <summary>
/// One Work stream, from Hello to its end. Sending never waits; what had not arrived when the stream broke is lost, and
/// its sender has to know what to send again.
/// </summary>
internal sealed class CoordinatorLink : IDisposable
{
    private readonly CancellationTokenSource _abort = new();
    private readonly Channel<WorkerMessage> _outgoing =
        Channel.CreateUnbounded<WorkerMessage>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>The coordinator answered Hello with Welcome.</summary>
    public bool IsWelcome { get; set; }

    /// <param name="received">Called for every message, in order.</param>
    /// <param name="ended">Called once, with the error that ended the stream, or null.</param>
    public static CoordinatorLink Open(
        Coordination.CoordinationClient client,
        Passport passport,
        Hello hello,
        Action<CoordinatorLink, CoordinatorMessage> received,
        Action<CoordinatorLink, Exception?> ended)
    {
        var link = new CoordinatorLink();
        link.Send(new WorkerMessage { Hello = hello });
        _ = Task.Run(async () => ended(link, await link.RunAsync(client, passport, message => received(link, message))));
        return link;
    }

    public void Send(WorkerMessage message) => _outgoing.Writer.TryWrite(message);

    /// <summary>Sends what is left and lets the coordinator end the stream.</summary>
    public void Close() => _outgoing.Writer.TryComplete();

    /// <summary>Ends the stream at once.</summary>
    public void Abort() => _abort.Cancel();

    /// <summary>To be called when the link has ended.</summary>
    public void Dispose() => _abort.Dispose();

    private async Task<Exception?> RunAsync(
        Coordination.CoordinationClient client, Passport passport, Action<CoordinatorMessage> received)
    {
        try
        {
            var headers = await passport.PresentAsync(client, _abort.Token);
            using var call = client.Work(headers, cancellationToken: _abort.Token);
            _ = WriteAllAsync(call.RequestStream);
            while (await call.ResponseStream.MoveNext(_abort.Token))
                received(call.ResponseStream.Current);
            return null;
        }
        catch (Exception broken) when (broken is RpcException or IOException or OperationCanceledException
            or InvalidOperationException or HttpRequestException)
        {
            return broken;
        }
        finally
        {
            _outgoing.Writer.TryComplete();
        }
    }

    private async Task WriteAllAsync(IClientStreamWriter<WorkerMessage> stream)
    {
        try
        {
            await foreach (var message in _outgoing.Reader.ReadAllAsync(_abort.Token))
                await stream.WriteAsync(message, _abort.Token);
            await stream.CompleteAsync();
        }
        catch (Exception broken) when (broken is RpcException or IOException or OperationCanceledException
            or InvalidOperationException)
        {
            // The reading side meets the same end and reports it.
            _ = broken;
        }
    }
}
