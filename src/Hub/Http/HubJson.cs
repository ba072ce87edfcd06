using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineWebTorch.Hub;

/// <summary>JSON as the Hub and its storage write and read it: camel case, what is null left out.</summary>
internal static class HubJson
{
    /// <summary>Of calls to the large files' storage.</summary>
    public const string LfsMediaType = "application/vnd.git-lfs+json";

    public static readonly JsonSerializerOptions Options =
        new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>A request's body with a length: storage and some proxies refuse chunked bodies.</summary>
    public static ByteArrayContent Body(object body, string mediaType = "application/json")
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, Options));
        content.Headers.ContentType = new(mediaType);
        return content;
    }
}
