using System.Security.Cryptography;

namespace FineWebTorch.HubEmulator;

/// <summary>The storage behind the Hub: content by its digest, for holders of signed addresses.</summary>
internal static class DataRoutes
{
    public static string ObjectUrl(EmulatorState state, Repository repository, string oid) =>
        $"{state.DataUrl}/objects/{repository.Kind}/{repository.Id}/{oid}";

    public static string PartUrl(EmulatorState state, string uploadId, string part) =>
        $"{state.DataUrl}/parts/{uploadId}/{part}";

    /// <summary>Whether the object that an address names is there.</summary>
    public static bool IsStored(EmulatorState state, Target target) =>
        target.Segments is [_, var kind, var owner, var name, var oid] &&
        state.Store.Find(kind, $"{owner}/{name}") is { } repository && File.Exists(repository.LfsFile(oid));

    public static Task GetObjectAsync(Exchange exchange)
    {
        Demand(exchange);
        var (repository, oid) = Named(exchange);
        var path = repository.LfsFile(oid);
        if (!File.Exists(path))
            throw new ApiException(404, null, "NoSuchKey");
        return FileAnswer.SendAsync(exchange, path, oid[..32]);
    }

    public static async Task PutObjectAsync(Exchange exchange)
    {
        Demand(exchange);
        var (repository, oid) = Named(exchange);
        var (temporary, sha256, _) = await ReceiveAsync(exchange).ConfigureAwait(false);
        if (sha256 != oid)
            throw ApiException.BadRequest("BadDigest");
        repository.Keep(temporary, oid);
        exchange.Response.Headers.ETag = $"\"{oid[..32]}\"";
        await exchange.EmptyAsync().ConfigureAwait(false);
    }

    public static async Task PutPartAsync(Exchange exchange)
    {
        Demand(exchange);
        var (uploadId, part) = (exchange.Target.Segments[1], exchange.Target.Segments[2]);
        var folder = Path.Combine(exchange.State.Store.UploadFolder, uploadId);
        if (!Directory.Exists(folder))
            throw new ApiException(404, null, "NoSuchUpload");
        var (temporary, sha256, _) = await ReceiveAsync(exchange).ConfigureAwait(false);
        File.Move(temporary, Path.Combine(folder, $"{part}-{sha256[..32]}"), overwrite: true);
        exchange.Response.Headers.ETag = $"\"{sha256[..32]}\"";
        await exchange.EmptyAsync().ConfigureAwait(false);
    }

    /// <summary>As S3 does: one kind of credential, a length, and a signature that is still good.</summary>
    private static void Demand(Exchange exchange)
    {
        if (exchange.Request.Headers.Authorization.Count > 0)
            throw ApiException.BadRequest("Only one auth mechanism allowed");
        if (exchange.Request.Method == "PUT" && exchange.Request.ContentLength is null)
            throw new ApiException(501, null, "A header you provided implies functionality that is not implemented");
        if (!exchange.State.Signatures.IsGood(exchange.State.DataUrl + exchange.Target.RawPath, exchange.Request.Query))
            throw new ApiException(403, null, "Request has expired");
    }

    private static (Repository Repository, string Oid) Named(Exchange exchange)
    {
        var segments = exchange.Target.Segments;
        var repository = exchange.State.Store.Find(segments[1], $"{segments[2]}/{segments[3]}");
        return (repository ?? throw new ApiException(404, null, "NoSuchBucket"), segments[4]);
    }

    private static async Task<(string Path, string Sha256, long Size)> ReceiveAsync(Exchange exchange)
    {
        var path = Path.Combine(exchange.State.Store.UploadFolder, Guid.NewGuid().ToString("N") + ".tmp");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long size = 0;
        var file = File.Create(path);
        await using (file.ConfigureAwait(false))
        {
            var buffer = new byte[128 << 10];
            while (await exchange.Request.Body.ReadAsync(buffer).ConfigureAwait(false) is var read and > 0)
            {
                hash.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read)).ConfigureAwait(false);
                size += read;
            }
        }
        return (path, Convert.ToHexStringLower(hash.GetHashAndReset()), size);
    }
}
