using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineWebTorch.Hub;

/// <summary>JSON as the Hub and its storage write and read it: camel case, what is null left out.</summary>
internal static class HubJson
{
    /// <summary>Of calls to the large files' storage.</summary>
    public const string LfsMediaType = "application/vnd.git-lfs+json";

    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        Converters = { new ListsWithoutNull() },
    };

    /// <summary>A request's body with a length: storage and some proxies refuse chunked bodies.</summary>
    public static ByteArrayContent Body(object body, string mediaType = "application/json")
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, Options));
        content.Headers.ContentType = new(mediaType);
        return content;
    }

    /// <summary>What is declared to be a list of objects has no null in it, as what is declared to be an object is none.
    /// </summary>
    private sealed class ListsWithoutNull : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) =>
            typeToConvert.IsSZArray && typeToConvert.GetElementType() is { IsClass: true } element &&
            element != typeof(string);

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(
                typeof(ListWithoutNull<>).MakeGenericType(typeToConvert.GetElementType()!))!;
    }

    private sealed class ListWithoutNull<T> : JsonConverter<T[]>
        where T : class
    {
        public override T[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.StartArray)
                throw new JsonException("a list was expected");
            var items = new List<T>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                items.Add(JsonSerializer.Deserialize<T>(ref reader, options) ?? throw new JsonException("null in a list"));
            return [.. items];
        }

        public override void Write(Utf8JsonWriter writer, T[] value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            foreach (var item in value)
                JsonSerializer.Serialize(writer, item, options);
            writer.WriteEndArray();
        }
    }
}
