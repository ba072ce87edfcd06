using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineWebTorch.Hub;

/// <summary>A commit as the Hub reads it: one JSON object a line, the header first.</summary>
internal static class CommitBody
{
    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static HttpContent Write(CommitRequest request)
    {
        using var lines = new MemoryStream();
        WriteLine(lines, "header", new HeaderDto(request.Summary, request.Description, request.ParentCommit));
        foreach (var operation in request.Operations.OrderBy(operation => operation.IsDeletion ? 0 : 1))
            WriteOperation(lines, operation);
        var content = new ByteArrayContent(lines.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        return content;
    }

    private static void WriteOperation(Stream lines, CommitOperation operation)
    {
        switch (operation)
        {
            case CommitOperation.AddFile add:
                WriteLine(lines, "file", new FileDto(add.Path, Convert.ToBase64String(add.Content), "base64"));
                break;
            case CommitOperation.AddLfsFile add:
                WriteLine(lines, "lfsFile", new LfsFileDto(add.Path, "sha256", add.Oid, add.Size));
                break;
            case CommitOperation.DeleteFolder delete:
                WriteLine(lines, "deletedFolder", new PathDto(delete.Path + "/"));
                break;
            default:
                WriteLine(lines, "deletedFile", new PathDto(operation.Path));
                break;
        }
    }

    private static void WriteLine<T>(Stream lines, string key, T value)
    {
        JsonSerializer.Serialize(lines, new LineDto<T>(key, value), Json);
        lines.WriteByte((byte)'\n');
    }

    private sealed record LineDto<T>(string Key, T Value);

    private sealed record HeaderDto(string Summary, string Description, string? ParentCommit);

    private sealed record FileDto(string Path, string Content, string Encoding);

    private sealed record LfsFileDto(string Path, string Algo, string Oid, long Size);

    private sealed record PathDto(string Path);
}
