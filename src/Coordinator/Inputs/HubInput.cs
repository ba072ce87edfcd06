using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Inputs;

/// <summary>
/// Files on the Hub, pinned to one commit. All calls of a run to the Hub's API are made by this process with one
/// <see cref="HubAccess"/>, so that its request budget is that of the whole run: workers only see signed addresses.
/// </summary>
/// <param name="room">For pieces in memory; null: that of the process, for <see cref="MostPieces"/>.</param>
internal sealed class HubInput(HubAccess hub, RunSpec spec, SemaphoreSlim? room = null)
{
    /// <summary>Bytes of one request to the Hub, which counts them.</summary>
    internal const int PieceSize = 1 << 20;

    /// <summary>
    /// Pieces that are in memory at a time, 128 MiB in all, however many files are being read for workers: whoever wants
    /// one more waits. A session may have fewer calls at once, so that none keeps the others from theirs.
    /// </summary>
    internal const int MostPieces = 128;

    private const int ChunkSize = 128 << 10;

    private static readonly SemaphoreSlim Room = new(MostPieces);

    /// <summary>An address is handed out only while it is good for so long: a worker may not start at once.</summary>
    private static readonly TimeSpan LeastLife = TimeSpan.FromMinutes(10);

    /// <summary>Addresses that are kept from the reading of footers: those of the first files, which are asked for first.
    /// </summary>
    private const int MostAddresses = 1000;

    /// <summary>Whether the Hub answers.</summary>
    public HubReach Reach => hub.Transport.Reach;

    /// <summary>Of the Hub.</summary>
    public Uri Endpoint => hub.Client.Options.Endpoint;

    private readonly SemaphoreSlim _pieces = room ?? Room;
    private readonly ConcurrentDictionary<string, ResolvedFile> _resolved = new(StringComparer.Ordinal);

    /// <param name="journal">Saves asking for what it knows, and gets the rest; null where nothing is to be written.</param>
    /// <exception cref="HubException">The Hub does not answer, or the token may not read the files.</exception>
    public async Task<IReadOnlyList<InputFileInfo>> FindAsync(
        ListingJournal? journal, CancellationToken cancellationToken)
    {
        var input = HubPath.Parse(spec.Input);
        var (commit, files) = await hub.Preflight.CheckInputAsync(input, journal?.Pages, cancellationToken);
        List<InputFileInfo> found = [.. files
            .Where(file => input.HasWildcard || file.Path == input.Path ||
                file.Path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase))
            .Select(file => new InputFileInfo(
                file.Path, new HubPath(input.Repository, commit, file.Path).ToString(), file.Size, 0, file.Sha256))];
        return found.Count > 0
            ? found
            : throw new UserErrorException($"--input {spec.Input}: no .parquet file in this folder");
    }

    /// <summary>Fetches the footer alone.</summary>
    public async Task<InputInspection> InspectAsync(InputFileInfo file, CancellationToken cancellationToken)
    {
        try
        {
            return await WithFooterAsync(
                file.Path,
                async partial =>
                {
                    var inspection = InputInspection.Of(partial.Path, spec, file.Path);
                    if (file.Sha256 is not null)
                        return inspection;
                    // A plain file of git, for whose content the Hub has no sha256: these are small.
                    await partial.EnsureAsync([(0, file.Size)], cancellationToken);
                    return inspection with { Sha256 = await Sha256.OfFileAsync(partial.Path, cancellationToken) };
                },
                cancellationToken);
        }
        catch (HubException exception) when (exception.Kind == HubErrorKind.WrongContent)
        {
            return new InputInspection(0, $"{file.Path}: {exception.Message}", IsColumnFault: false);
        }
    }

    /// <summary>Reads a file's footer by <paramref name="read"/>, which gets a local path.</summary>
    public Task<T> ReadFooterAsync<T>(string path, Func<string, T> read, CancellationToken cancellationToken) =>
        WithFooterAsync(path, partial => Task.FromResult(read(partial.Path)), cancellationToken);

    /// <summary>A small text file of the commit that a file is of; null where there is none.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="name">Of the text file, in the repository.</param>
    public async Task<string?> ReadTextAsync(string path, string name, CancellationToken cancellationToken)
    {
        var place = HubPath.Parse(path);
        return await hub.Client.ReadFileAsync(place.Repository, place.Revision!, name, cancellationToken) is { } content
            ? Encoding.UTF8.GetString(content)
            : null;
    }

    /// <summary>
    /// A signed address of a file. One found out while its footer was read is given once; whoever asks again is not
    /// served by the old one.
    /// </summary>
    public async Task<SignedDownload> LocateAsync(string path, CancellationToken cancellationToken)
    {
        var now = hub.Transport.Options.Time.GetUtcNow();
        if (_resolved.TryRemove(path, out var known) && known.Download.Expires - now > LeastLife)
            return known.Download;
        return (await ResolveAsync(path, cancellationToken)).Download;
    }

    /// <summary>The bytes of a file from <paramref name="offset"/> on, through this process.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        string path, long offset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = hub.Client.OpenReader(await ResolveAsync(path, cancellationToken));
        while (offset < reader.File.Size)
        {
            await _pieces.WaitAsync(cancellationToken);
            try
            {
                // A fresh buffer each time: the one before may still be on its way out.
                var piece = new byte[Math.Min(PieceSize, reader.File.Size - offset)];
                await reader.ReadAsync(offset, piece, cancellationToken);
                offset += piece.Length;
                for (var start = 0; start < piece.Length; start += ChunkSize)
                    yield return piece.AsMemory(start, Math.Min(ChunkSize, piece.Length - start));
            }
            finally
            {
                _pieces.Release();
            }
        }
    }

    /// <summary>Makes a file of which the footer is there and the rest a hole; it goes when it has been read.</summary>
    private async Task<T> WithFooterAsync<T>(
        string path, Func<PartialFile, Task<T>> read, CancellationToken cancellationToken)
    {
        var local = Path.Combine(Path.GetTempPath(), "fineweb-" + Path.GetRandomFileName());
        try
        {
            var resolved = await ResolveAsync(path, cancellationToken);
            if (_resolved.Count < MostAddresses)
                _resolved[path] = resolved;
            using var partial = PartialFile.Create(hub.Client.OpenReader(resolved), local);
            await partial.EnsureParquetFooterAsync(cancellationToken: cancellationToken);
            return await read(partial);
        }
        finally
        {
            File.Delete(local);
        }
    }

    private Task<ResolvedFile> ResolveAsync(string path, CancellationToken cancellationToken)
    {
        var place = HubPath.Parse(path);
        return hub.Client.ResolveAsync(place.Repository, place.Revision!, place.Path, cancellationToken);
    }
}
