using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Hub;
using FineWebTorch.Parquet;

namespace FineWebTorch.Coordinator.Verification;

/// <summary>
/// Reads some rows of Parquet files. Of a file on the Hub only the row groups that hold them are fetched, and nothing
/// where the Hub cache has the file.
/// </summary>
internal sealed class RowFiles(Lazy<HubAccess> hub, RunSpec spec)
{
    /// <summary>That are fetched of a file on the Hub; where its rows need more it is refused.</summary>
    public long MostBytes { get; init; } = long.MaxValue;

    private long _bytesFetched;
    private long _bytesOfFiles;
    private int _requests;

    /// <summary>What it took, in one line; nothing where no file was fetched.</summary>
    public void Tell(TextWriter output)
    {
        if (_requests > 0)
            output.WriteLine(
                $"fetched {NumberText.Count(_bytesFetched)} of {NumberText.Count(_bytesOfFiles)} bytes in " +
                $"{_requests} requests");
    }

    /// <param name="path">On this machine, or an hf:// path that names a commit.</param>
    /// <param name="withScores">Whether the file is a shard.</param>
    /// <param name="rows">Ascending.</param>
    /// <exception cref="HubException">The file is not to be had.</exception>
    /// <exception cref="UserErrorException">See <see cref="MostBytes"/>.</exception>
    /// <exception cref="ParquetFileException">It cannot be used; the message names it as the caller did.</exception>
    public async Task<IReadOnlyList<SampledRow>> ReadAsync(
        string path, bool withScores, IReadOnlyList<long> rows, CancellationToken cancellationToken)
    {
        var score = withScores ? spec.ScoreColumn : null;
        if (!HubPaths.IsHub(path))
            return [.. ShardSampler.Read(path, spec.TextColumn, score, rows)];
        var place = HubPath.Parse(path);
        var cached = hub.Value.Downloader.Cache.FindFile(place.Repository, place.Revision, place.Path);
        if (cached is not null)
            return [.. ShardSampler.Read(cached, spec.TextColumn, score, rows)];
        var local = Path.Combine(Path.GetTempPath(), "fineweb-" + Path.GetRandomFileName());
        try
        {
            await FetchAsync(place, local, score, rows, cancellationToken);
            return [.. ShardSampler.Read(local, spec.TextColumn, score, rows)];
        }
        catch (ParquetFileException failure)
        {
            throw failure.Named(path);
        }
        finally
        {
            File.Delete(local);
        }
    }

    private async Task FetchAsync(
        HubPath place, string local, string? score, IReadOnlyList<long> rows, CancellationToken cancellationToken)
    {
        using var part = await hub.Value.OpenPartialAsync(place, local, cancellationToken);
        await part.EnsureParquetFooterAsync(cancellationToken: cancellationToken);
        string?[] columns = [spec.TextColumn, score];
        var chunks = ColumnChunks.Of(local, [.. columns.OfType<string>()], rows);
        if (chunks.Sum(chunk => chunk.Length) is var bytes && bytes > MostBytes)
            throw new UserErrorException(
                $"{place}: {NumberText.Size(bytes)} would have to be fetched for {NumberText.Count(rows.Count, "row")}");
        await part.EnsureAsync(chunks, cancellationToken);
        _bytesFetched += part.BytesFetched;
        _bytesOfFiles += part.File.Size;
        _requests += part.Requests;
    }
}
