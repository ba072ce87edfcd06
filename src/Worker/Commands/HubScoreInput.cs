using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Parquet;

namespace FineWebTorch.Worker.Commands;

/// <summary>
/// The input of <c>worker score</c> on the Hub: of the first rows of a Parquet file only the pages that hold them are
/// fetched, anything else goes whole into the cache that Hugging Face's tools share.
/// </summary>
internal static class HubScoreInput
{
    /// <exception cref="HubException">The file is not to be had.</exception>
    /// <exception cref="ParquetFileException">It cannot be used.</exception>
    public static async Task<ScoreInput> OpenAsync(
        ScoreRequest request, HubAccess hub, CancellationToken cancellation)
    {
        var place = HubPath.Parse(request.Input, hub.Client.Options.Endpoint);
        if (place.Path.Length == 0 || place.HasWildcard)
            throw new UserErrorException(
                $"{request.Input}: name one file, as in hf://datasets/owner/name/data/file.parquet", ExitCode.Usage);
        ScoreInput.CheckKind(place.Path);
        var cached = hub.Downloader.Cache.FindFile(place.Repository, place.Revision, place.Path);
        if (request.Rows is { } rows && ScoreInput.IsParquet(place.Path))
        {
            return cached is null
                ? await OpenPartAsync(request, place, rows, hub, cancellation)
                : ScoreInput.Open(request with { Input = cached });
        }

        var path = await hub.Fetcher.FetchAsync(place.Repository, place.Revision, place.Path, cancellation);
        return ScoreInput.Open(request with { Input = path });
    }

    private static async Task<ScoreInput> OpenPartAsync(
        ScoreRequest request, HubPath place, long rows, HubAccess hub, CancellationToken cancellation)
    {
        var folder = new TemporaryFolder("fineweb-score-");
        try
        {
            var path = Path.Combine(folder.Path, Path.GetFileName(place.Path));
            using (var part = await hub.OpenPartialAsync(place, path, cancellation))
            {
                await part.EnsureParquetFooterAsync(cancellationToken: cancellation);
                var file = ParquetFile.Inspect(path);
                string?[] columns = [request.TextColumn, ScoreInput.IdColumnOf(file, request)];
                await part.EnsureAsync(ColumnChunks.Of(path, [.. columns.OfType<string>()], rows), cancellation);
                Tell(request.Input, part);
            }

            return ScoreInput.OpenParquet(request with { Input = path }, rows) with { Owned = folder };
        }
        catch (ParquetFileException failure)
        {
            folder.Dispose();
            // In the user's words: the temporary file is nobody's.
            throw failure.Named(request.Input);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private static void Tell(string input, PartialFile part) => Console.Error.WriteLine(string.Create(
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
