using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Parquet;
using FineWebTorch.Worker.Documents;

namespace FineWebTorch.Worker.Inputs;

/// <summary>
/// Inputs on the Hub: of the first rows of a Parquet file only the pages that hold them are fetched, anything else goes
/// whole into the cache that Hugging Face's tools share.
/// </summary>
internal static class HubScoreInput
{
    /// <exception cref="HubException">The file is not to be had.</exception>
    /// <exception cref="ParquetFileException">It cannot be used.</exception>
    public static async Task<ScoreInput> OpenAsync(
        NamedInput input, InputOptions options, BadRecords? badRecords, HubAccess hub, CancellationToken cancellation)
    {
        var place = HubPath.Parse(input.Name, hub.Client.Options.Endpoint);
        var isPart = options is { Rows: not null, Added: null } && input.Kind == InputKind.Parquet;
        var path = isPart ? hub.Downloader.Cache.FindFile(place.Repository, place.Revision, place.Path) : null;
        if (isPart && path is null)
            return await OpenPartAsync(input.Name, options, place, options.Rows!.Value, hub, cancellation);
        path ??= await hub.Fetcher.FetchAsync(place.Repository, place.Revision, place.Path, cancellation);
        return ScoreInput.Open(input with { Name = path, IsOnHub = false }, options, badRecords) with
        {
            Name = input.Name,
        };
    }

    private static async Task<ScoreInput> OpenPartAsync(
        string name, InputOptions options, HubPath place, long rows, HubAccess hub, CancellationToken cancellation)
    {
        var folder = new TemporaryFolder("fineweb-score-");
        try
        {
            var path = ForeignPath.Combine(folder.Path, place.Path.Split('/')[^1]);
            using (var part = await hub.OpenPartialAsync(place, path, cancellation))
            {
                await part.EnsureParquetFooterAsync(cancellationToken: cancellation);
                var file = ParquetFile.Inspect(path);
                string?[] columns = [options.TextColumn, ScoreInput.IdColumnOf(file, options)];
                await part.EnsureAsync(ColumnChunks.Of(path, [.. columns.OfType<string>()], rows), cancellation);
                Tell(name, part, options.Notices);
            }

            return ScoreInput.OpenParquet(path, name, options, rows) with { Owned = folder };
        }
        catch (ParquetFileException failure)
        {
            folder.Dispose();
            // In the user's words: the temporary file is nobody's.
            throw failure.Named(name);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private static void Tell(string input, PartialFile part, TextWriter notices) => notices.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{input}: fetched {part.BytesFetched:N0} of {part.File.Size:N0} bytes in {part.Requests} requests"));
}

/// <summary>A folder that goes with everything in it.</summary>
internal sealed class TemporaryFolder(string prefix) : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory(prefix).FullName;

    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }
}
