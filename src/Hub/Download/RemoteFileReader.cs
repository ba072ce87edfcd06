using System.Net.Http.Headers;

namespace FineWebTorch.Hub;

/// <summary>
/// Reads byte ranges of a remote file. A broken connection is continued where it broke, an expired address renewed, a
/// busy server waited for. Safe to use from several threads.
/// </summary>
public sealed class RemoteFileReader : IDisposable
{
    private const int MostRenewals = 3;
    private readonly HubTransport _transport;
    private readonly DownloadLink _link;
    private readonly RangeRequest _requests;
    private long _bytes;

    /// <param name="renew">Gets a new address for the same file; null where nobody can.</param>
    public RemoteFileReader(
        HubTransport transport, RemoteFile file, SignedDownload download,
        Func<CancellationToken, Task<SignedDownload>>? renew = null)
        : this(transport, file, download, renew, static _ => null)
    {
    }

    internal RemoteFileReader(
        HubTransport transport, RemoteFile file, SignedDownload download,
        Func<CancellationToken, Task<SignedDownload>>? renew, Func<Uri, AuthenticationHeaderValue?> authorize)
    {
        _transport = transport;
        File = file;
        _link = new DownloadLink(download, renew, transport);
        _requests = new RangeRequest(transport, file, authorize);
    }

    public RemoteFile File { get; }

    /// <summary>Told of bytes as they arrive, by several threads.</summary>
    internal Action<int>? Received { get; init; }

    /// <summary>Bytes of bodies received so far, those thrown away included.</summary>
    public long BytesFetched => Interlocked.Read(ref _bytes);

    /// <summary>GET requests sent so far.</summary>
    public int Requests => _requests.Count;

    /// <summary>Fills the buffer with the file's bytes from <paramref name="start"/> on.</summary>
    /// <param name="start">The range must lie inside the file.</param>
    /// <exception cref="HubException">
    /// It cannot be read; <see cref="HubErrorKind.WrongContent"/> if the file is another one.
    /// </exception>
    /// <exception cref="RangeIgnoredException">The server sends nothing but whole files.</exception>
    public async Task ReadAsync(long start, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + buffer.Length, File.Size, nameof(buffer));
        var filled = 0;
        await PersistAsync(
            async () =>
            {
                // What came before a failure is kept.
                await FillOnceAsync(start + filled, buffer[filled..], read => filled += read, cancellationToken)
                    .ConfigureAwait(false);
                return filled == buffer.Length;
            },
            () => filled, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Hands the whole file to <paramref name="take"/>, for servers that ignore ranges.</summary>
    /// <param name="restart">Called before every start from byte 0.</param>
    internal Task CopyAsync(Action restart, Action<ReadOnlyMemory<byte>> take, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 20];
        long done = 0;
        return PersistAsync(
            async () =>
            {
                restart();
                done = 0;
                using var answer = await OpenAsync(0, File.Size, cancellationToken).ConfigureAwait(false);
                await ConsumeAsync(answer, 0, File.Size, buffer, read =>
                {
                    take(buffer.AsMemory(0, read));
                    done += read;
                }, cancellationToken).ConfigureAwait(false);
                return done == File.Size;
            },
            // Every attempt starts over, so none of them is progress.
            () => 0, cancellationToken);
    }

    public void Dispose() => _link.Dispose();

    /// <summary>
    /// Repeats an attempt until it is done. Attempts are counted anew as long as they get on: faster, pauses included,
    /// than the least rate that a connection has to keep.
    /// </summary>
    private async Task PersistAsync(Func<Task<bool>> attempt, Func<long> progress, CancellationToken cancellationToken)
    {
        var failures = 0;
        var (since, before) = (_transport.Time.GetTimestamp(), 0L);
        var retry = _transport.Options.Retry.Pipeline(
            _transport, RetryPolicy.MayPass, _transport.LogRetry, count: () => failures);
        await retry.ExecuteAsync(
            async _ =>
            {
                try
                {
                    await AttemptAsync(attempt).ConfigureAwait(false);
                }
                catch (HubException)
                {
                    failures++;
                    var (gained, took) = (progress() - before, _transport.Time.GetElapsedTime(since));
                    if (gained > 0 && _transport.Options.IsFastEnough(gained, took))
                        (failures, since, before) = (1, _transport.Time.GetTimestamp(), progress());
                    throw;
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task AttemptAsync(Func<Task<bool>> attempt)
    {
        try
        {
            if (await attempt().ConfigureAwait(false))
                return;
        }
        catch (HubException exception) when (exception.HasNoAnswer)
        {
            throw exception.During($"read {File}", File.Repository);
        }

        throw new HubException(HubErrorKind.Unreachable, $"cannot read {File}: the connection ended early");
    }

    /// <summary>An address that is refused is renewed, which may take more than one attempt.</summary>
    private async Task<RangeAnswer> OpenAsync(long start, long end, CancellationToken cancellationToken)
    {
        for (var renewals = 0; ; renewals++)
        {
            var download = await _link.GetAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await _requests.SendAsync(download, start, end, cancellationToken).ConfigureAwait(false);
            }
            catch (HubException refused) when (
                refused.Kind == HubErrorKind.LinkExpired && renewals < MostRenewals)
            {
                await _link.RenewAsync(download, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <param name="take">Told of bytes that are in the buffer, until it is full or the connection has ended.</param>
    private async Task FillOnceAsync(
        long start, Memory<byte> buffer, Action<int> take, CancellationToken cancellationToken)
    {
        if (buffer.IsEmpty)
            return;
        using var answer = await OpenAsync(start, start + buffer.Length, cancellationToken).ConfigureAwait(false);
        if (answer.SkipBytes > 0)
        {
            var scratch = new byte[64 << 10];
            await ConsumeAsync(answer, 0, answer.SkipBytes, scratch, static _ => { }, cancellationToken)
                .ConfigureAwait(false);
        }

        while (!buffer.IsEmpty)
        {
            var read = await ReadOnceAsync(answer, buffer, cancellationToken).ConfigureAwait(false);
            if (read == 0)
                return;
            take(read);
            buffer = buffer[read..];
        }
    }

    private async Task ConsumeAsync(
        RangeAnswer answer, long from, long to, byte[] buffer, Action<int> take, CancellationToken cancellationToken)
    {
        while (from < to)
        {
            var most = (int)Math.Min(buffer.Length, to - from);
            var read = await ReadOnceAsync(answer, buffer.AsMemory(0, most), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                return;
            from += read;
            take(read);
        }
    }

    private async ValueTask<int> ReadOnceAsync(
        RangeAnswer answer, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = await answer.Body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Interlocked.Add(ref _bytes, read);
        Received?.Invoke(read);
        return read;
    }
}
