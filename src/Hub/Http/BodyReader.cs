namespace FineWebTorch.Hub;

/// <summary>Reads bodies under a limit on silence.</summary>
internal static class BodyReader
{
    private const int LargestBody = 256 << 20;

    /// <summary>One read. Zero is the end of the body.</summary>
    /// <exception cref="HubException">The connection broke or stayed silent for too long.</exception>
    public static async ValueTask<int> ReadAsync(
        Stream body, Memory<byte> buffer, HubTransport transport, string authority, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(transport.Options.SilenceTimeout, transport.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            return await body.ReadAsync(buffer, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw HubTransport.Failure(
                HubErrorKind.TimedOut, $"{authority} fell silent in the middle of an answer", null);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw HubTransport.Failure(HubErrorKind.Unreachable, $"the connection to {authority} broke", exception);
        }
    }

    public static async Task<byte[]> ReadAllAsync(
        HttpResponseMessage response, HubTransport transport, CancellationToken cancellationToken)
    {
        var authority = response.RequestMessage?.RequestUri?.Authority ?? "the server";
        using var whole = new MemoryStream();
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            var buffer = new byte[64 << 10];
            while (await ReadAsync(body, buffer, transport, authority, cancellationToken)
                .ConfigureAwait(false) is var read and > 0)
            {
                whole.Write(buffer, 0, read);
                if (whole.Length > LargestBody)
                    throw new HubException(
                        HubErrorKind.BadAnswer, $"{authority} sent more than {LargestBody >> 20} MiB as an answer");
            }
        }
        return whole.ToArray();
    }
}
