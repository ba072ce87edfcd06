namespace FineWebTorch.Hub;

/// <summary>
/// The body of an answer, read under two limits: it may not stay silent for long, and has to come at a pace. Whoever sends
/// a byte every few seconds is never silent, and would hold its reader for ever.
/// </summary>
/// <param name="authority">Host and port that send it.</param>
internal sealed class AnswerBody(HubTransport transport, Stream body, string authority) : IDisposable
{
    private TimeSpan _waited;
    private long _came;

    private HubTransportOptions Options => transport.Options;

    /// <summary>One read. Zero is the end of the body.</summary>
    /// <exception cref="HubException">The connection broke, stayed silent for too long, or is too slow.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var start = transport.Time.GetTimestamp();
        var read = await OnceAsync(buffer, cancellationToken).ConfigureAwait(false);
        // Time that the reader takes for itself is not the server's.
        _waited += transport.Time.GetElapsedTime(start);
        _came += read;
        if (_waited < Options.PaceWindow)
            return read;
        if (read > 0 && !Options.IsFastEnough(_came, _waited))
            throw new HubException(
                HubErrorKind.TimedOut,
                $"{authority} sends less than {Options.LeastRate} bytes a second in the middle of an answer");
        (_waited, _came) = (TimeSpan.Zero, 0);
        return read;
    }

    public void Dispose() => body.Dispose();

    private async ValueTask<int> OnceAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(Options.SilenceTimeout, transport.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            return await body.ReadAsync(buffer, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HubException(HubErrorKind.TimedOut, $"{authority} fell silent in the middle of an answer");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new HubException(HubErrorKind.Unreachable, $"the connection to {authority} broke", exception);
        }
    }
}
