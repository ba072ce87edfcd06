using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace FineWebTorch.HubEmulator;

/// <summary>An object that arrives in parts. Its id follows from its content, so asking again continues it.</summary>
internal sealed record MultipartUpload(string Kind, string Id, string Oid, long Size, long ChunkSize)
{
    private string Folder { get; init; } = "";

    public static string Start(string uploads, string kind, string id, string oid, long size, long chunkSize)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}/{id}/{oid}")))[..32];
        var folder = Directory.CreateDirectory(Path.Combine(uploads, name)).FullName;
        File.WriteAllText(
            Path.Combine(folder, "upload.json"),
            JsonSerializer.Serialize(new MultipartUpload(kind, id, oid, size, chunkSize)));
        return name;
    }

    public static MultipartUpload Open(string uploads, string name)
    {
        var folder = Path.Combine(uploads, Path.GetFileName(name));
        var file = Path.Combine(folder, "upload.json");
        return File.Exists(file)
            ? JsonSerializer.Deserialize<MultipartUpload>(File.ReadAllText(file))! with { Folder = folder }
            : throw new ApiException(404, null, "NoSuchUpload");
    }

    /// <param name="keep">Takes the file that the parts make.</param>
    public async Task CompleteAsync(IReadOnlyList<(int Number, string Etag)> parts, Action<string> keep)
    {
        var wanted = (int)((Size + ChunkSize - 1) / ChunkSize);
        if (!parts.Select(part => part.Number).SequenceEqual(Enumerable.Range(1, wanted)))
            throw ApiException.BadRequest("InvalidPartOrder");
        var temporary = Path.Combine(Folder, "whole.tmp");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var whole = File.Create(temporary);
        await using (whole.ConfigureAwait(false))
        {
            foreach (var (number, etag) in parts)
                await AppendAsync(whole, hash, PartFile(number, etag)).ConfigureAwait(false);
        }
        if (new FileInfo(temporary).Length != Size || Convert.ToHexStringLower(hash.GetHashAndReset()) != Oid)
            throw ApiException.BadRequest("The parts are not the announced object");
        keep(temporary);
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>The ETag must have come back with its quotes.</summary>
    private string PartFile(int number, string etag)
    {
        var name = $"{number.ToString("00000", CultureInfo.InvariantCulture)}-{etag.Trim('"')}";
        var path = Path.Combine(Folder, Path.GetFileName(name));
        return etag.StartsWith('"') && etag.EndsWith('"') && File.Exists(path)
            ? path : throw ApiException.BadRequest("InvalidPart");
    }

    private static async Task AppendAsync(Stream whole, IncrementalHash hash, string part)
    {
        var bytes = await File.ReadAllBytesAsync(part).ConfigureAwait(false);
        hash.AppendData(bytes);
        await whole.WriteAsync(bytes).ConfigureAwait(false);
    }
}
